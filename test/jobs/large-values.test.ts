import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { LARGEST_EVENT } from "../../stacks/enriched-events";
import { startProcess } from "../support/job-process";
import { LARGE_VALUES, LARGEST } from "./large-values";

const directory = mkdtempSync(join(tmpdir(), "lab-large-"));
afterAll(() => rmSync(directory, { recursive: true }));

test("the largest events there may be, whatever they are full of, are read within half of a job's heap", async () => {
  const outfile = join(directory, "read.js");
  const entry = join(projectRoot(), "test/jobs/read-large-values.ts");
  buildSync({ entryPoints: [entry], outfile, bundle: true, platform: "node", target: "node20", logLevel: "error" });
  const env = { NODE_OPTIONS: "", NODE_NO_WARNINGS: "1" };
  const reader = startProcess(process.execPath, ["--max-old-space-size=48", outfile], { env });
  expect(LARGEST).toBe(LARGEST_EVENT);
  expect(await reader.ended, reader.output().slice(-2_000)).toBe(0);
  const said = reader.output().trim().split("\n");
  const reasons: Record<string, [string, string]> = {
    fields: ["time-missing", "missing-time"], // `id` is among the names
    "a time of objects": ["time-unparsable", "unparsable-time"],
    "a long name": ["event", "key-too-long"],
    "a number": ["id-out-of-range", "missing-key"],
    "no object": ["not-an-object", "not-an-object"],
    "no JSON": ["not-json", "not-json"],
  };
  expect(said.map((line) => JSON.parse(line))).toEqual(
    Object.keys(LARGE_VALUES).map((name) => [name, ...(reasons[name] ?? ["event", "event"])]),
  );
});
