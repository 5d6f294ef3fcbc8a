import type { LabFailure } from "../cluster/core/failure";
import { IMAGE_TYPE } from "../cluster/docker-provider/image";
import { buildContextHash } from "../components/core/build-context";
import { SIZES } from "../stacks/sizes";
import { type Addition, rememberedAdditions } from "./additions";
import { type Command, usageFailure } from "./command";
import { type Plan, planFor } from "./target";

/** A resource that a stack's program declares, as far as it says what to build. */
interface Resource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** An image to build, whatever number of stacks want it. */
export interface PlannedImage {
  /** What people call it, e.g. `kafka`. */
  readonly title: string;
  /** Repository and tag; the tag is the content's hash. */
  readonly name: string;
  /** Stacks that run it, in the order in which they were named. */
  readonly stacks: readonly string[];
  /** Inputs of its resource, as Pulumi would hand them to the provider. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** How one image ended. */
export interface BuiltImage {
  readonly image: Pick<PlannedImage, "stacks">;
  readonly end: "built" | "there" | "failed";
  /** Why it failed, and what to do. */
  readonly failure?: LabFailure;
}

/** A stack as `lab up` means it, with what is added to those that can have it. */
export function plannedWith(stack: string, added: Addition | undefined): Plan {
  const plan = planFor(stack);
  const wanted = added !== undefined && plan.settings.pipelines.some((name) => name !== "smartcar");
  return wanted ? planFor(stack, undefined, [...rememberedAdditions(stack), added]) : plan;
}

/** Refuses a stack whose images this machine's cluster does not run. */
export function requireEmbedded(command: Command, plan: Plan): Plan {
  const why = elsewhere(plan);
  if (why === undefined) return plan;
  throw usageFailure(command, `lab build is for the embedded cluster, and stack ${plan.file.stack} ${why}`);
}

function elsewhere({ context, settings }: Plan): string | undefined {
  if (context !== undefined) return `runs on context "${context}"`;
  if (settings.images !== undefined) return `pushes its images to ${settings.images}`;
  if (SIZES[settings.size].spread === "required") return `(size ${settings.size}) needs a cluster of several nodes`;
  return undefined;
}

/** The images of stacks, each once: stack by stack, so that the one named first is complete first. */
export function imagesOf(stacks: readonly { readonly stack: string; readonly declared: readonly Resource[] }[]) {
  const images = new Map<string, PlannedImage>();
  for (const { stack, declared } of stacks) {
    for (const { name: title, inputs } of declared.filter(({ type }) => type === IMAGE_TYPE)) {
      const name = String(inputs.imageName);
      images.set(name, { title, name, inputs, stacks: [...(images.get(name)?.stacks ?? []), stack] });
    }
  }
  return [...images.values()];
}

/** Whether an image's sources are no longer those it is named by: somebody has edited them since the program ran. */
export function isOutdated({ name, inputs }: Pick<PlannedImage, "name" | "inputs">): boolean {
  const { context, dockerfile } = inputs.build as { context: string; dockerfile: string };
  return !name.endsWith(`:${buildContextHash(context, dockerfile)}`);
}

/** What a build ends with: how many images there are, and what to do next. */
export function conclusion(stacks: readonly string[], ends: readonly BuiltImage[]): string {
  const count = (wanted: BuiltImage["end"]) => ends.filter(({ end }) => end === wanted).length;
  const [built, there, failed] = [count("built"), count("there"), count("failed")];
  const ready = stacks.filter((stack) =>
    ends.every(({ image, end }) => end !== "failed" || !image.stacks.includes(stack)),
  );
  const all = `${ends.length} ${ends.length === 1 ? "image" : "images"} of ${listed(stacks)}`;
  const parts = [`${built} built`, `${there} there already`, ...(failed > 0 ? [`${failed} FAILED`] : [])];
  return [
    there === ends.length ? `all ${all} are there already` : `${all}: ${parts.join(", ")}`,
    ...ready.map((stack) => `next: lab up ${stack}`),
  ].join("\n");
}

/** `a`, `a and b`, `a, b and c`. */
function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
