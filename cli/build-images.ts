import { LabFailure, messageOf } from "../cluster/core/failure";
import type { Progress } from "../cluster/core/progress";
import { ImageResource, type ImageWorld } from "../cluster/docker-provider/image";
import { type BuiltImage, isOutdated, type PlannedImage } from "./image-builds";
import { interrupted } from "./interrupt";
import type { Timings } from "./timings";

/** What building takes besides the images. */
export interface Builder {
  /** The world of the Docker provider, whose steps are shown by `report`. */
  readonly worldFor: (report: (detail: string) => void) => ImageWorld;
  readonly progress: Progress;
  readonly timings: Timings;
  /** The command that builds what is still missing after a failure. */
  readonly again: string;
}

/** Builds images one after the other; after a failure the rest is tried all the same. @throws when interrupted */
export async function buildImages(images: readonly PlannedImage[], builder: Builder): Promise<BuiltImage[]> {
  const { worldFor, progress, timings, again } = builder;
  const all: BuiltImage[] = [];
  for (const image of images) {
    interrupted.throwIfAborted();
    try {
      const end = await timings.time(image.title, () =>
        progress.step(`image ${image.title}`, (report) => ensureImage(image, worldFor(report), report)),
      );
      all.push({ image, end });
    } catch (error) {
      interrupted.throwIfAborted();
      all.push({ image, end: "failed", failure: withFix(image, error, again) });
    }
  }
  return all;
}

/** Builds an image unless the store has it by now; its name is its content's hash, so what is there is what would be built. */
async function ensureImage(image: PlannedImage, world: ImageWorld, report: (detail: string) => void) {
  if ((await world.store?.names())?.has(image.name)) {
    report("there already");
    return "there";
  }
  if (isOutdated(image)) {
    throw new LabFailure("its sources have changed since this command began", { fix: "the same command again" });
  }
  const resource = new ImageResource(world);
  const { inputs, failures } = resource.check({ ...image.inputs });
  const [problem] = failures;
  if (problem) throw new LabFailure(`${problem.property}: ${problem.reason}`);
  await resource.create(image.title, inputs, false);
  report("built");
  return "built";
}

/** A failure that names the image, its log and what to do, whatever has failed. */
function withFix({ title, name }: PlannedImage, error: unknown, again: string): LabFailure {
  const { log, fix } = error instanceof LabFailure ? error : { log: undefined, fix: undefined };
  const what = messageOf(error);
  const cause = log === undefined ? "what is said here" : "what the log shows";
  return new LabFailure(what.includes(name) ? what : `image ${title}: ${what}`, {
    log,
    fix: fix ?? `correct ${cause}; ${again} then builds what is missing`,
    cause: error,
  });
}
