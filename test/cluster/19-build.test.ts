import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { lockOwner } from "../../cluster/core/lock";
import { ImageResource, realWorld } from "../../cluster/docker-provider/image";
import { ContainerdStore, containerdAddress } from "../../cluster/docker-provider/store";
import { temporaryDirectory } from "../support/temporary";
import { beginBuild, buildEnded, buildSaid } from "./support/build-ahead";
import { eventually, labEnv } from "./support/lab";

afterEach(() => vi.unstubAllEnvs());

test("two builds of the same content at once both end well, in one image", async () => {
  const env = await labEnv();
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const directory = temporaryDirectory("twice");
  vi.stubEnv("LAB_CACHE", join(directory, "cache"));
  writeFileSync(join(directory, "Dockerfile"), `FROM debian:bookworm-slim\nRUN sleep 2; echo ${Date.now()} >/made\n`);
  const repository = "lab.local/twice-test";
  const store = new ContainerdStore(containerdAddress() ?? "");
  const stored = async () => (await store.images()).filter(({ name }) => name.startsWith(`${repository}:`));
  const image = () => new ImageResource(realWorld(store, () => undefined, new AbortController().signal));
  const { inputs, failures } = image().check({ imageName: repository, skipPush: true, build: { context: directory } });
  expect(failures).toEqual([]);
  const [one, other] = await Promise.all(["one", "other"].map((urn) => image().create(urn, inputs, false)));
  try {
    expect(other).toEqual(one);
    expect((await stored()).map(({ name }) => name)).toEqual([one?.state.imageName]);
  } finally {
    await store.remove((await stored()).map(({ name }) => name));
  }
});

test("lab build of the other stacks begins, keeps nobody from lab up, and goes on beside the tests that follow", async () => {
  beginBuild();
  await eventually("its first image is at work", 120, async () => /^\[1\/\d+\] image \S+ … /m.test(buildSaid()));
  expect(lockOwner("lab")).toBeUndefined();
  expect(buildEnded() ?? 0, buildSaid()).toBe(0);
});
