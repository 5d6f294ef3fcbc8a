import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ImageResource, type ImageWorld } from "../../cluster/docker-provider/image";
import { splitName } from "../../cluster/docker-provider/inputs";
import { containerdAddress, superseded } from "../../cluster/docker-provider/store";
import { type Properties, plain, secret, UNKNOWN } from "../../cluster/docker-provider/values";

const URN = "urn:pulumi:lab::bigdata-lab::docker:index/image:Image::kafka";
let context: string;
let log: string[];
let stored: Set<string>;
let image: ImageResource;

beforeEach(() => {
  context = mkdtempSync(join(tmpdir(), "image-"));
  writeFileSync(join(context, "Dockerfile"), "FROM scratch\n");
  log = [];
  stored = new Set();
  image = new ImageResource(world());
});
afterEach(() => rmSync(context, { recursive: true }));

/** A world whose builds and store are lists in memory; everything else is real. */
function world(): ImageWorld {
  return {
    directory: context,
    store: {
      names: async () => stored,
      images: async () => [...stored].map((name) => ({ name, digest: `digest of ${name}` })),
      inUse: async () => new Set([...stored].filter((name) => name.endsWith("-running"))),
      remove: async (names) => {
        log.push(`remove ${names.join(" ")}`);
        for (const name of names) stored.delete(name);
      },
    },
    build: async (inputs, { name, secrets, secretArguments }) => {
      log.push(
        `build ${name} ${JSON.stringify(inputs.build.args)} secrets=${secrets.join()} as secrets=${secretArguments.join()}`,
      );
      if (inputs.skipPush) stored.add(name);
      return { digest: "sha256:manifest", imageId: "sha256:config" };
    },
    log: () => undefined,
  };
}

function checked(more: Properties = {}): Properties {
  const { inputs, failures } = image.check({ imageName: "lab.local/kafka", skipPush: true, build: {}, ...more });
  expect(failures).toEqual([]);
  return inputs;
}

describe("check", () => {
  test.each<[string, Properties, string, RegExp]>([
    ["no name", { imageName: undefined }, "imageName", /required/],
    ["a name Docker refuses", { imageName: "Lab/Kafka" }, "imageName", /repository\[:tag\]/],
    ["an unknown input", { colour: "red" }, "colour", /unknown/],
    ["an unknown build input", { build: { file: "x" } }, "build.file", /unknown/],
    ["a wrong type", { skipPush: "yes" }, "skipPush", /boolean/],
    ["a missing context", { build: { context: "nowhere" } }, "build.context", /nowhere is not a directory/],
    ["a missing Dockerfile", { build: { dockerfile: "No" } }, "build.dockerfile", /No does not exist/],
    ["the old builder", { build: { builderVersion: "BuilderV1" } }, "build.builderVersion", /BuilderBuildKit/],
    ["two platforms", { build: { platform: "linux/amd64,linux/arm64" } }, "build.platform", /one platform/],
  ])("refuses %s", (_, more, property, reason) => {
    const { failures } = image.check({ imageName: "lab.local/kafka", skipPush: true, ...more });
    expect(failures).toEqual([{ property, reason: expect.stringMatching(reason) }]);
    expect(log).toEqual([]);
  });

  test("refuses a secret argument that the Dockerfile takes by ARG, and takes one that it does not", () => {
    const failuresOf = (dockerfile: string, name = "TOKEN") => {
      writeFileSync(join(context, "Dockerfile"), dockerfile);
      const build = { args: { [name]: secret("hunter2"), MODE: "x" } };
      return image.check({ imageName: "lab.local/kafka", skipPush: true, build }).failures;
    };
    const [failure, ...more] = failuresOf("FROM scratch\nARG MODE OTHER=1 \\\n  TOKEN=\n");
    expect(more).toEqual([]);
    expect(failure).toMatchObject({
      property: "build.args.TOKEN",
      reason: expect.stringMatching(/type=secret,id=TOKEN/),
    });
    expect(JSON.stringify(failure)).not.toContain("hunter2");
    expect(failuresOf("FROM scratch\nARG MODE\nRUN --mount=type=secret,id=TOKEN true\n")).toEqual([]);
    expect(failuresOf("FROM scratch\n", "a,env=HOME")).toHaveLength(1);
  });

  test("adds the content's digest and keeps secrets marked", () => {
    const token = secret("hunter2");
    const inputs = checked({ build: { args: { TOKEN: token } } });
    expect(inputs.build).toEqual({ args: { TOKEN: token }, contextDigest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  test("a secret argument counts in the digest", () => {
    const digestOf = (text: string) =>
      (checked({ build: { args: { A: secret(text) } } }).build as Properties).contextDigest;
    expect(digestOf("a")).not.toBe(digestOf("b"));
  });

  test("what preview does not know leaves the digest unknown, and the rest is still validated", () => {
    expect((checked({ build: { args: { A: UNKNOWN } } }).build as Properties).contextDigest).toBe(UNKNOWN);
    const { failures } = image.check({ imageName: UNKNOWN, build: { dockerfile: "No" } });
    expect(failures).toHaveLength(1);
  });
});

describe("diff", () => {
  async function changedBy(change: () => void, more: Properties = {}) {
    const olds = checked();
    const { state } = await image.create(URN, olds, false);
    change();
    return image.diff(olds, state, checked(more));
  }

  test("nothing changed", async () => {
    expect(await changedBy(() => undefined)).toEqual({ changed: [], replace: false });
  });
  test("a changed file", async () => {
    const change = () => writeFileSync(join(context, "more"), "");
    expect(await changedBy(change)).toEqual({ changed: ["build.contextDigest"], replace: false });
  });
  test("another tag is an update, another repository a replacement", async () => {
    const tag = await changedBy(() => undefined, { imageName: "lab.local/kafka:2" });
    expect(tag).toEqual({ changed: ["imageName"], replace: false });
    const repository = await changedBy(() => undefined, { imageName: "lab.local/other" });
    expect(repository).toEqual({ changed: ["imageName"], replace: true });
  });
  test("an image the store has lost is built again", async () => {
    expect(await changedBy(() => stored.clear())).toEqual({ changed: ["repoDigest"], replace: false });
  });
  test("a pushed image is not looked for in the local store", async () => {
    const olds = checked({ skipPush: false });
    expect(await image.diff(olds, { imageName: "r/kafka:1" }, olds)).toEqual({ changed: [], replace: false });
  });
  test("a store that cannot be asked has lost nothing", async () => {
    const silent = new ImageResource({ ...world(), store: undefined });
    const inputs = checked();
    expect(await silent.diff(inputs, { imageName: "lab.local/kafka:1" }, inputs)).toEqual({
      changed: [],
      replace: false,
    });
  });
});

describe("create and update", () => {
  test("preview builds nothing and knows the name", async () => {
    const inputs = checked();
    const preview = await image.create(URN, inputs, true);
    expect(log).toEqual([]);
    expect(preview.state).toMatchObject({ repoDigest: UNKNOWN, registryServer: "" });
    const { state, id } = await image.create(URN, inputs, false);
    expect(state.imageName).toBe(preview.state.imageName);
    expect(state.imageName).toMatch(/^lab\.local\/kafka:[0-9a-f]{16}$/);
    expect([id, state.repoDigest]).toEqual(["lab.local/kafka", "sha256:config"]);
  });

  test("a name that hangs on an unknown argument is unknown", async () => {
    const { state } = await image.create(URN, checked({ build: { args: { A: UNKNOWN } } }), true);
    expect(state.imageName).toBe(UNKNOWN);
  });

  test("a pushed image is known by its manifest's digest", async () => {
    const { state } = await image.create(URN, checked({ imageName: "r:5000/lab/kafka", skipPush: false }), false);
    expect(state).toMatchObject({ repoDigest: "r:5000/lab/kafka@sha256:manifest", registryServer: "r:5000" });
  });

  test("secret arguments reach the build and not the state", async () => {
    const inputs = checked({ build: { args: { TOKEN: secret("hunter2") } } });
    const { state } = await image.create(URN, inputs, false);
    expect(log).toEqual([expect.stringMatching(/^build \S+ \{"TOKEN":"hunter2"\} secrets=hunter2 as secrets=TOKEN$/)]);
    expect(JSON.stringify(state)).not.toContain("hunter2");
  });

  test("an update keeps the image before it and what runs, and removes older ones", async () => {
    const old = checked({ imageName: "lab.local/kafka:old" });
    const { state } = await image.create(URN, old, false);
    for (const tag of ["older", "x-running"]) stored.add(`lab.local/kafka:${tag}`);
    stored.add("lab.local/kafka-tools:1");
    await image.update(URN, state, checked({ imageName: "lab.local/kafka:new" }), false);
    expect([...stored].sort()).toEqual([
      "lab.local/kafka-tools:1",
      "lab.local/kafka:new",
      "lab.local/kafka:old",
      "lab.local/kafka:x-running",
    ]);
  });
});

test("read: what the store has lost is gone", async () => {
  const { state } = await image.create(URN, checked(), false);
  expect(await image.read(state)).toEqual(state);
  stored.clear();
  expect(await image.read(state)).toBeUndefined();
});

test("a repository's name is no prefix of another's", () => {
  const images = ["a/b:1", "a/bc:1"].map((name) => ({ name, digest: name }));
  expect(superseded(images, new Set(), "a/b", [])).toEqual(["a/b:1"]);
  expect(splitName("r:5000/kafka")).toEqual({ repository: "r:5000/kafka" });
  expect(splitName("r:5000/kafka:1")).toEqual({ repository: "r:5000/kafka", tag: "1" });
});

test("an image's id goes with its last name", () => {
  const images = [
    { name: "a/b:1", digest: "x" },
    { name: "a/b:2", digest: "x" },
    { name: "sha256:c", digest: "x" },
  ];
  expect(superseded(images, new Set(), "a/b", [])).toEqual(["a/b:1", "a/b:2", "sha256:c"]);
  expect(superseded(images, new Set(), "a/b", ["a/b:2"])).toEqual(["a/b:1"]);
  expect(superseded(images, new Set(["a/b:1"]), "a/b", [])).toEqual(["a/b:2"]);
});

test("containerd is looked for beside BuildKit's socket", () => {
  const all = () => true;
  expect(containerdAddress({ BUILDKIT_HOST: "unix:///run/lab/buildkit.sock" }, all)).toBe("/run/lab/containerd.sock");
  expect(containerdAddress({ CONTAINERD_ADDRESS: "/c.sock", BUILDKIT_HOST: "unix:///b" }, all)).toBe("/c.sock");
  expect(containerdAddress({ BUILDKIT_HOST: "tcp://build:1234" }, all)).toBeUndefined();
  expect(containerdAddress({ BUILDKIT_HOST: "unix:///run/lab/buildkit.sock" }, () => false)).toBeUndefined();
});

test("marks come off at any depth", () => {
  expect(plain({ a: [secret({ b: "s" })], c: UNKNOWN })).toEqual({
    value: { a: [{ b: "s" }], c: UNKNOWN },
    secrets: ["s"],
    unknown: true,
  });
});
