import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { buildImages } from "../../cli/build-images";
import type { PlannedImage } from "../../cli/image-builds";
import { Timings } from "../../cli/timings";
import { LabFailure } from "../../cluster/core/failure";
import { Progress } from "../../cluster/core/progress";
import { buildContextHash } from "../../components/core/build-context";
import { temporaryDirectory } from "../support/temporary";

let stored: string[];
let built: string[];
let shown: string;

beforeEach(() => {
  stored = [];
  built = [];
  shown = "";
});

function image(title: string): PlannedImage {
  const context = temporaryDirectory(title);
  const dockerfile = join(context, "Dockerfile");
  writeFileSync(dockerfile, `FROM scratch\nLABEL title=${title}\n`);
  const name = `lab.local/${title}:${buildContextHash(context, dockerfile)}`;
  return { title, name, stacks: ["x"], inputs: { imageName: name, skipPush: true, build: { context, dockerfile } } };
}

/** Builds in a world whose store and builds are lists in memory. */
function build(images: readonly PlannedImage[], failing: Record<string, LabFailure> = {}) {
  return buildImages(images, {
    worldFor: (report) => ({
      directory: "/",
      store: {
        names: async () => new Set(stored),
        images: async () => stored.map((name) => ({ name, digest: name })),
        inUse: async () => new Set(),
        remove: async () => undefined,
      },
      build: async (_, { name, onStep }) => {
        onStep("[1/1] FROM scratch");
        const failure = Object.entries(failing).find(([title]) => name.includes(`/${title}:`))?.[1];
        if (failure) throw failure;
        built.push(name);
        stored.push(name);
        return { digest: "sha256:manifest", imageId: "sha256:config" };
      },
      log: (_, step) => report(step),
    }),
    progress: new Progress({ total: images.length, stream: { write: (text) => (shown += text) } }),
    timings: new Timings(),
    again: "lab build x",
  });
}

test("what is missing is built under its name, what is there is said to be there", async () => {
  const images = [image("one"), image("two")];
  stored = [images[0]?.name ?? ""];
  expect((await build(images)).map(({ end }) => end)).toEqual(["there", "built"]);
  expect(built).toEqual([images[1]?.name]);
  expect(shown).toMatch(/^\[1\/2\] image one done · there already · \d+ ms$/m);
  expect(shown).toMatch(/^\[2\/2\] image two done · built · \d+ ms$/m);
  expect((await build(images)).map(({ end }) => end)).toEqual(["there", "there"]);
});

test("after a failure the others are built; it names the image, the log and what to do", async () => {
  const images = [image("one"), image("two"), image("three")];
  const ends = await build(images, {
    one: new LabFailure(`building ${images[0]?.name} failed: exit 3`, { log: "/log/one.log" }),
    two: new LabFailure("no answer", { fix: "lab up" }),
  });
  expect(ends.map(({ end }) => end)).toEqual(["failed", "failed", "built"]);
  expect(ends.map(({ failure }) => failure?.describe())).toEqual([
    `building ${images[0]?.name} failed: exit 3\n  log: /log/one.log\n  fix: correct what the log shows; lab build x then builds what is missing`,
    "image two: no answer\n  fix: lab up",
    undefined,
  ]);
  expect(shown).toMatch(/^\[1\/3\] image one FAILED · \[1\/1\] FROM scratch · /m);
});

test("sources that were edited meanwhile are built under no name that is not theirs", async () => {
  const edited = image("one");
  writeFileSync((edited.inputs.build as { dockerfile: string }).dockerfile, "FROM scratch\n");
  const [end] = await build([edited]);
  expect(end?.failure?.describe()).toMatch(/^image one: its sources have changed .*\n {2}fix: the same command again$/);
  expect(built).toEqual([]);
});
