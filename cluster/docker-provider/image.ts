import { LabFailure, messageOf } from "../core/failure";
import { cachePath } from "../core/paths";
import { type BuildOptions, type Built, buildImage } from "./build";
import { contentDigest } from "./content";
import { type CheckFailure, type ImageInputs, missingFiles, parseInputs, splitName, taggedName } from "./inputs";
import { refusedSecretArguments, secretArguments } from "./secret-args";
import { type ImageStore, superseded } from "./store";
import { isProperties, isSecret, type Properties, plain, secret, UNKNOWN } from "./values";

/** The one resource type served here. */
export const IMAGE_TYPE = "docker:index/image:Image";

/** What a changed property does. */
export interface ImageDiff {
  /** Paths of what changed, e.g. `build.contextDigest`. */
  changed: string[];
  /** Whether another resource takes its place. */
  replace: boolean;
}

/** What the resource needs of the world; tests pass their own. */
export interface ImageWorld {
  /** Directory that relative paths start from. */
  directory: string;
  /** The store images are built into; undefined when it cannot be reached. */
  store: ImageStore | undefined;
  build: (inputs: ImageInputs, options: BuildOptions) => Promise<Built>;
  /** Shows a line beside the resource. */
  log: (urn: string, message: string, options?: { ephemeral?: boolean; warning?: boolean }) => void;
  signal?: AbortSignal;
}

/**
 * `docker:index/image:Image`: an image built from a Dockerfile. It is built anew when its content changed, and when the
 * local store has lost it.
 */
export class ImageResource {
  constructor(private readonly world: ImageWorld) {}

  /** Fills in defaults and the content's digest, or says what is wrong. Nothing is built. */
  check(news: Properties): { inputs: Properties; failures: CheckFailure[] } {
    const { value, unknown } = plain(news);
    const parsed = parseInputs(unknown ? withoutUnknowns(value) : value, this.world.directory);
    if ("failures" in parsed) return { inputs: news, failures: parsed.failures };
    const secretNames = secretArguments(parsed.inputs.build.args, plain(news.build).secrets);
    const failures = [...missingFiles(parsed.inputs), ...refusedSecretArguments(parsed.inputs, secretNames)];
    if (failures.length > 0) return { inputs: news, failures };
    const unknownBuild = plain(news.build).unknown;
    const digest = unknownBuild ? UNKNOWN : contentDigest({ ...parsed.inputs.build });
    return { inputs: { ...news, build: withDigest(news.build, digest) }, failures: [] };
  }

  /** Compares checked inputs with those of the last build, and looks whether the image is still there. */
  async diff(oldInputs: Properties, state: Properties, newInputs: Properties): Promise<ImageDiff> {
    const [before, after] = [plain(oldInputs).value, plain(newInputs).value].map((v) => (isProperties(v) ? v : {}));
    const changed = ["imageName", "skipPush", "build.contextDigest", "registry.server"].filter(
      (path) => at(before, path) !== at(after, path),
    );
    if (changed.length === 0 && after?.skipPush === true && (await this.isLost(state))) changed.push("repoDigest");
    const [from, to] = [at(before, "imageName"), at(after, "imageName")].map((name) =>
      typeof name === "string" && name !== UNKNOWN ? splitName(name).repository : undefined,
    );
    return { changed, replace: from !== undefined && to !== undefined && from !== to };
  }

  /** Builds; under `preview` only says what the result will be called. */
  async create(urn: string, inputs: Properties, preview: boolean): Promise<{ id: string; state: Properties }> {
    const state = await this.make(urn, inputs, preview);
    return { id: repositoryOf(state), state };
  }

  /** Builds the new content. The image before it stays for a way back; older ones go. */
  async update(urn: string, state: Properties, inputs: Properties, preview: boolean): Promise<Properties> {
    const next = await this.make(urn, inputs, preview);
    if (!preview && next.registryServer === "") {
      await this.sweep(urn, repositoryOf(next), [textAt(next, "imageName"), textAt(state, "imageName")]);
    }
    return next;
  }

  /** The state as it is, or undefined when the local store has lost the image. */
  async read(state: Properties): Promise<Properties | undefined> {
    if (typeof state.imageName !== "string") {
      throw new LabFailure("an image cannot be imported: its sources are not known from its name");
    }
    return state.registryServer === "" && (await this.isLost(state)) ? undefined : state;
  }

  private async make(urn: string, properties: Properties, preview: boolean): Promise<Properties> {
    const { value, secrets, unknown } = plain(properties);
    const parsed = parseInputs(unknown ? withoutUnknowns(value) : value, this.world.directory);
    if ("failures" in parsed) {
      throw new LabFailure(parsed.failures.map(({ property, reason }) => `${property}: ${reason}`).join("; "));
    }
    const { inputs } = parsed;
    const digest = inputs.build.contextDigest ?? (unknown ? UNKNOWN : contentDigest({ ...inputs.build }));
    const nameKnown = !plain(properties.imageName).unknown && (digest !== UNKNOWN || splitName(inputs.imageName).tag);
    const name = nameKnown ? taggedName(inputs.imageName, digest) : UNKNOWN;
    const secretNames = secretArguments(inputs.build.args, plain(properties.build).secrets);
    const built = preview ? undefined : await this.build(urn, inputs, name, { secrets, secretArguments: secretNames });
    const { repository } = splitName(inputs.imageName);
    const state: Properties = {
      imageName: name,
      baseImageName: name,
      context: inputs.build.context,
      dockerfile: inputs.build.dockerfile,
      platform: inputs.build.platform ?? "",
      registryServer: inputs.skipPush ? "" : (inputs.registry?.server ?? repository.split("/")[0] ?? ""),
      repoDigest: built ? (inputs.skipPush ? built.imageId : `${repository}@${built.digest}`) : UNKNOWN,
    };
    for (const key of ["imageName", "baseImageName"])
      if (isSecret(properties.imageName)) state[key] = secret(state[key]);
    return state;
  }

  private async build(
    urn: string,
    inputs: ImageInputs,
    name: string,
    hidden: Pick<BuildOptions, "secrets" | "secretArguments">,
  ): Promise<Built> {
    const log = cachePath("log", `image-${splitName(name).repository.replaceAll(/[^a-z0-9.-]+/g, "-")}.log`);
    const onStep = (title: string) => this.world.log(urn, title, { ephemeral: true });
    return this.world.build(inputs, { name, log, ...hidden, onStep, signal: this.world.signal });
  }

  /** Whether the store answers and does not have the image. A store that cannot be asked has lost nothing. */
  private async isLost(state: Properties): Promise<boolean> {
    const name = plain(state.imageName).value;
    if (!this.world.store || typeof name !== "string") return false;
    try {
      return !(await this.world.store.names()).has(name);
    } catch {
      return false;
    }
  }

  private async sweep(urn: string, repository: string, kept: string[]): Promise<void> {
    const { store } = this.world;
    if (!store) return;
    try {
      await store.remove(superseded(await store.images(), await store.inUse(), repository, kept));
    } catch (error) {
      // What is left takes space and nothing else: no reason to fail.
      this.world.log(urn, `old images of ${repository} were not removed: ${messageOf(error)}`, { warning: true });
    }
  }
}

function repositoryOf(state: Properties): string {
  return splitName(textAt(state, "imageName")).repository;
}

function textAt(properties: Properties, key: string): string {
  const { value } = plain(properties[key]);
  return typeof value === "string" ? value : "";
}

function at(properties: Properties | undefined, path: string): unknown {
  return path.split(".").reduce<unknown>((part, key) => (isProperties(part) ? part[key] : undefined), properties);
}

/** `build` with the digest added; its own marks, e.g. of secret arguments, stay. */
function withDigest(build: unknown, contextDigest: string): unknown {
  if (isSecret(build)) return secret(withDigest(build.value, contextDigest));
  return { ...(isProperties(build) ? build : {}), contextDigest };
}

/** Leaves out what preview does not know yet, so that the rest can be validated; a required name gets a stand-in. */
function withoutUnknowns(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== UNKNOWN).map(withoutUnknowns);
  if (!isProperties(value)) return value;
  const known = Object.entries(value).filter(([key, item]) => item !== UNKNOWN || key === "imageName");
  return Object.fromEntries(known.map(([key, item]) => [key, item === UNKNOWN ? "unknown" : withoutUnknowns(item)]));
}

/** The world of a provider that runs: this process, the local containerd and BuildKit. */
export function realWorld(store: ImageStore | undefined, log: ImageWorld["log"], signal: AbortSignal): ImageWorld {
  return { directory: process.cwd(), store, build: buildImage, log, signal };
}
