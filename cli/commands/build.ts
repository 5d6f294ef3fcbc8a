import { LabFailure } from "../../cluster/core/failure";
import { withLock } from "../../cluster/core/lock";
import { Progress } from "../../cluster/core/progress";
import { realWorld } from "../../cluster/docker-provider/image";
import { ContainerdStore, containerdAddress, type ImageStore } from "../../cluster/docker-provider/store";
import { type Cluster, findCluster, startCluster } from "../../cluster/embedded";
import { BASE_IMAGES } from "../../cluster/embedded/images/debian";
import { ensureToolchain, type Toolchain } from "../../cluster/toolchain";
import { ADDITIONS, additionNamed } from "../additions";
import { buildImages } from "../build-images";
import { type Command, EXIT, parse } from "../command";
import { conclusion, imagesOf, type PlannedImage, plannedWith, requireEmbedded } from "../image-builds";
import { interrupted } from "../interrupt";
import { requireRoot } from "../preflight";
import { pulumiEnvironment } from "../pulumi";
import { stringConfig } from "../stack-config";
import { DEFAULT_STACK, type Plan } from "../target";
import { Timings } from "../timings";

export const command: Command = {
  name: "build",
  usage: `[STACK…] [--with ${ADDITIONS.join("|")}]`,
  summary: "builds the images of stacks (default: lab) ahead of time, so that lab up need not",
  details: [
    "For the embedded Kubernetes, which is built and started as needed (Linux, root). Images are built one after the other,",
    "each once for all stacks named; one that is there already is left alone. Nothing is deployed, and lab up of another stack",
    "may run meanwhile. --with notebook builds what lab up --with notebook will ask for, where a stack can have it. When an image fails (exit code 1) the others are built all the same; the same command builds the rest.",
  ].join("\n"),
  async run(args) {
    const { words, options } = parse(command, args, { with: { type: "string" } }, { max: Number.POSITIVE_INFINITY });
    const stacks = [...new Set(words.length > 0 ? words : [DEFAULT_STACK])];
    const added = additionNamed("with", options.with);
    const plans = stacks.map((stack) => requireEmbedded(command, plannedWith(stack, added)));
    requireRoot({ platform: process.platform, uid: process.getuid?.() ?? -1 });
    const timings = new Timings();
    try {
      return await build(plans, timings);
    } finally {
      timings.record(`build ${stacks.join(" ")}`);
    }
  },
};

async function build(plans: readonly Plan[], timings: Timings): Promise<number> {
  const stacks = plans.map(({ file }) => file.stack);
  const store = await timings.time("cluster", () => storeOfCluster(new Progress()));
  const images = await declaredImages(plans);
  const ends = await buildImages(images, {
    worldFor: (report) => realWorld(store, (_, step) => report(step), interrupted),
    progress: new Progress({ total: images.length }),
    timings,
    again: `lab build ${stacks.join(" ")}`,
  });
  for (const { failure } of ends) if (failure) process.stderr.write(`lab: ${failure.describe()}\n`);
  process.stdout.write(`${conclusion(stacks, ends)}\n`);
  return ends.some(({ end }) => end === "failed") ? EXIT.failed : EXIT.ok;
}

/** What the program of each stack declares; offline. */
async function declaredImages(plans: readonly Plan[]): Promise<PlannedImage[]> {
  const { stackInventory } = await import("../../stacks/plan"); // loads the Pulumi SDK, which help need not wait for
  const stacks = [];
  for (const { file } of plans) {
    const declared = await stackInventory(file.stack, stringConfig(file.config)); // one at a time: its mocks are the process's
    stacks.push({ stack: file.stack, declared });
  }
  return imagesOf(stacks);
}

/**
 * The image store of the embedded cluster. A cluster that has all a build needs is used as it is, whatever `lab` command is at
 * work on it; another is started or completed, under the lock of those that change it.
 */
async function storeOfCluster(progress: Progress): Promise<ImageStore> {
  const running = await findCluster();
  if (running !== undefined) {
    const store = enter(await ensureToolchain(progress, {}, interrupted), running);
    const names = new Set((await store.images()).map(({ name }) => name));
    if (BASE_IMAGES.every(({ reference }) => names.has(reference))) return store;
  }
  return withLock("lab", "lab build", async () => {
    const toolchain = await ensureToolchain(progress, {}, interrupted);
    return enter(toolchain, await startCluster(toolchain, progress));
  });
}

/** Gives this process the environment in which Pulumi starts the Docker provider, whose code builds here as it does there. */
function enter({ path }: Toolchain, { kubeconfig, buildkitAddress }: Cluster): ImageStore {
  Object.assign(process.env, pulumiEnvironment({ toolPath: path, kubeconfig, buildkitAddress }));
  const address = containerdAddress();
  if (address === undefined) {
    throw new LabFailure(`no containerd listens beside BuildKit at ${buildkitAddress}`, {
      fix: "lab up repairs the cluster",
    });
  }
  return new ContainerdStore(address);
}
