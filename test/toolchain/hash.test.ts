import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { hashFiles } from "../../cluster/core/hash";
import { partKey } from "../../cluster/toolchain/plan";
import { HELLO, HELLO_SOURCES, temporary } from "./module";

let root: string;
let source: string;
beforeEach(() => {
  root = temporary(HELLO_SOURCES);
  source = join(root, "hello");
});

test("the same content elsewhere has the same key", () => {
  expect(partKey(HELLO, join(temporary(HELLO_SOURCES), "hello"))).toBe(partKey(HELLO, source));
});

test.each([
  ["go.sum", "go.sum"],
  ["go.mod", "go.mod"],
  ["a source", "cmd/server/main.go"],
  ["a new file", "cmd/server/more.go"],
])("a change in %s changes the key", (_, file) => {
  const before = partKey(HELLO, source);
  writeFileSync(join(source, file), "changed");
  expect(partKey(HELLO, source)).not.toBe(before);
});

test.each([
  ["ldflags", { ldflags: ["-X main.version=2"] }],
  ["tags", { tags: ["seccomp"] }],
  ["C", { cgo: true }],
  ["links", { links: {} }],
])("building with other %s changes the key", (_, change) => {
  expect(partKey({ ...HELLO, ...change }, source)).not.toBe(partKey(HELLO, source));
});

test("an estimate that is corrected does not change the key", () => {
  expect(partKey({ ...HELLO, cpuMinutes: 99, diskGiB: 99 }, source)).toBe(partKey(HELLO, source));
});

test("the order of paths does not matter, names and the executable bit do", () => {
  const files = temporary({ a: "1", b: "2" });
  const [a, b] = [join(files, "a"), join(files, "b")];
  expect(hashFiles([a, b])).toBe(hashFiles([b, a]));
  expect(hashFiles([a, b])).not.toBe(hashFiles([temporary({ a: "2", b: "1" })]));
  const before = hashFiles([a]);
  chmodSync(a, 0o755);
  expect(hashFiles([a])).not.toBe(before);
});
