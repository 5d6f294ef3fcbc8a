import { mkdirSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { markUsed, removeOutdated } from "../../cluster/toolchain/outdated";
import type { PlannedPart } from "../../cluster/toolchain/plan";
import { HELLO, temporary } from "./module";

const DAY_MS = 24 * 3_600_000;
const NOW = Date.now();
const key = (digit: string) => digit.repeat(16);
let toolchain: string;
let planned: PlannedPart[];

function built(name: string, ageDays: number): PlannedPart {
  const directory = join(toolchain, name);
  mkdirSync(directory, { recursive: true });
  const part = { part: HELLO, source: "", directory, built: true };
  markUsed([part], new Date(NOW - ageDays * DAY_MS));
  return part;
}

beforeEach(() => {
  toolchain = join(temporary(), "toolchain");
  planned = [built(`hello-${key("0")}`, 20)];
});

test("other versions of a part go two weeks after their last use, and nothing else does", () => {
  built(`hello-${key("1")}`, 15);
  const kept = [`hello-${key("2")}`, `hello-there-${key("3")}`, `other-${key("4")}`];
  built(`hello-${key("2")}`, 13);
  for (const name of kept.slice(1)) built(name, 15);
  expect(removeOutdated(planned, NOW, ["/usr/bin/node"])).toEqual([`hello-${key("1")}`]);
  expect(readdirSync(toolchain).sort()).toEqual([`hello-${key("0")}`, ...kept]);
  expect(removeOutdated(planned, NOW, [])).toEqual([]);
});

test("use keeps a version", () => {
  const other = built(`hello-${key("1")}`, 15);
  markUsed([other]);
  expect(NOW - statSync(other.directory).mtimeMs).toBeLessThan(DAY_MS);
  expect(removeOutdated(planned, NOW, [])).toEqual([]);
});

test("while a program of the toolchain runs, none is removed", () => {
  built(`hello-${key("1")}`, 15);
  const running = [join(toolchain, "etcd-1", "etcd (deleted)")];
  expect(removeOutdated(planned, NOW, running)).toEqual([]);
  const link = join(temporary(), "link");
  symlinkSync(toolchain, link);
  const linked = planned.map((part) => ({ ...part, directory: join(link, `hello-${key("0")}`) }));
  expect(removeOutdated(linked, NOW, running)).toEqual([]);
});

test("a toolchain that does not exist, or a part that is gone, is no failure", () => {
  const gone = [{ part: HELLO, source: "", directory: join(temporary(), "none", `hello-${key("0")}`), built: false }];
  markUsed(gone);
  expect(removeOutdated(gone)).toEqual([]);
});
