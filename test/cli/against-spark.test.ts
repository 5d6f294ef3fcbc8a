import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type FrozenPlan, notebookRuns, verifyAgainstSpark } from "../../cli/against-spark";
import { command, MOST_RECORDS } from "../../cli/commands/verify";
import type { Kube } from "../../cli/kube";
import type { RunOptions } from "../../cluster/core/run";
import { agreeSchema } from "../../jobs/agree/config";
import { readSettings, type Settings } from "../../stacks/settings";

const PLAN: FrozenPlan & { spark: unknown } = {
  run: "verify-abc-0001",
  table: "notebook_verify_abc_0001",
  input: [
    { partition: 0, first: 7 },
    { partition: 1, first: 0 },
  ],
  stages: [{ partition: 0, first: 3 }],
  spark: [{ partition: 0, first: 9, end: 9 }],
  day: "2026-01-15",
};

// What was added to this machine's own stacks is none of the tests' business.
const cache = mkdtempSync(join(tmpdir(), "lab-test-"));
beforeAll(() => void vi.stubEnv("LAB_CACHE", cache));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

function settingsOf(pipelines: string[]): Settings {
  const config = {
    "bigdata-lab:pipelines": JSON.stringify(pipelines),
    "bigdata-lab:size": "lab",
    "bigdata-lab:notebook": "{}",
  };
  return readSettings(config, "lab");
}

/** A cluster in which jobs and notebooks write what a test says; what was asked of it, in order. */
class FakeKube {
  readonly asked: string[] = [];
  /** Config overrides of each job, in order. */
  readonly overrides: Record<string, unknown>[] = [];
  freeze = { code: 0, lines: ["reading …", JSON.stringify(PLAN)] };
  compare = { code: 0, lines: ["against Spark: everything agrees"] };
  notebookFails = false;
  compareBreaksOff = false;

  private get job() {
    return this.overrides.length === 1 ? this.freeze : this.compare;
  }

  async run(args: string[], { input, onLine }: RunOptions = {}) {
    const [verb] = args;
    if (verb === "exec") {
      const [, pod, container, , ...command] = args;
      if (command[0] === "python3") {
        this.asked.push("run ended");
        return { stdout: "", stderr: "" };
      }
      this.asked.push([pod, container, ...command].join(" ").replace(/LAB_RUN=\S+/, "LAB_RUN=…"));
      if (this.notebookFails) throw new Error("cell 7: StreamingQueryException: no such topic");
      return { stdout: 'something\n{"rows":3}\n', stderr: "" };
    }
    if (verb === "create" && args.includes("--dry-run=client")) {
      return {
        stdout: JSON.stringify({ metadata: { name: "x" }, spec: { template: { spec: { containers: [{}] } } } }),
        stderr: "",
      };
    }
    if (verb === "create") {
      const [container] = JSON.parse(String(input)).spec.template.spec.containers;
      this.overrides.push(JSON.parse(container.env[0].value));
      this.asked.push("job");
    }
    if (verb === "logs" && this.compareBreaksOff && this.overrides.length > 1) throw new Error("connection lost");
    if (verb === "logs") for (const line of this.job.lines) onLine?.(line);
    if (verb === "delete") this.asked.push("job removed");
    return { stdout: "", stderr: "" };
  }
  async list() {
    return [{ metadata: { name: "agree-pod" }, status: { phase: "Running" } }];
  }
  async get() {
    return { status: { containerStatuses: [{ state: { terminated: { exitCode: this.job.code } } }] } };
  }
}

async function verify(fake: FakeKube, pipeline: "kappa" | "lambda") {
  const said: string[] = [];
  const code = await verifyAgainstSpark(fake as unknown as Kube, pipeline, settingsOf([pipeline]), {}, (line) =>
    said.push(line),
  );
  return { code, said };
}

test("kappa: freezes, runs notebooks 1 and 2 from where the plan begins, compares with the plan", async () => {
  const fake = new FakeKube();
  const { code, said } = await verify(fake, "kappa");
  expect(code).toBe(0);
  const exec = "notebook-0 --container=notebook env LAB_RUN=… run-notebook";
  expect(fake.asked).toEqual([
    "job",
    "job removed",
    `${exec} 1.pyspark-stream-stage -p mode catch-up -p source_topic events -p starting_offsets {"events":{"0":7,"1":0}} -p run_id verify-abc-0001`,
    `${exec} 2.pyspark-stream-aggregate -p mode catch-up -p source_topic events_stages -p starting_offsets {"events_stages":{"0":3}} -p window_seconds 10 -p watermark_seconds 15 -p sink_table notebook_verify_abc_0001`,
    "job",
    "job removed",
  ]);
  expect(fake.overrides).toEqual([{ parts: ["enrich", "aggregate"] }, { parts: ["enrich", "aggregate"], plan: PLAN }]);
  expect(said).toEqual([
    "running notebook 1.pyspark-stream-stage …",
    "running notebook 2.pyspark-stream-aggregate …",
    "against Spark: everything agrees",
  ]);
});

test("lambda: the day of the plan goes to notebook 4", () => {
  const runs = notebookRuns("lambda", PLAN, settingsOf(["lambda"]));
  expect(runs.map(({ name }) => name)).toEqual(["1.pyspark-stream-stage", "4.pyspark-batch-reindex"]);
  expect(runs[1]?.parameters).toEqual({ day: "2026-01-15", output: "/lambda/notebook/events_batch" });
});

describe("the exit code", () => {
  test("is the comparison's", async () => {
    const fake = new FakeKube();
    fake.compare = { code: 1, lines: ["differs: …"] };
    expect(await verify(fake, "kappa")).toMatchObject({ code: 1 });
  });

  test("is that of a job that could not freeze anything, which says why; no notebook is run", async () => {
    const fake = new FakeKube();
    fake.freeze = {
      code: 1,
      lines: ["against Spark: events_batch has rows of no day that has ended: lab reindex DAY"],
    };
    expect(await verify(fake, "lambda")).toEqual({ code: 1, said: fake.freeze.lines });
    expect(fake.asked).toEqual(["job", "job removed"]);
  });

  test("is a failure when the job ended well but froze nothing", async () => {
    const fake = new FakeKube();
    fake.freeze = { code: 0, lines: ["{}", "{"] };
    expect((await verify(fake, "kappa")).code).toBe(1);
  });

  test("is a failure with the cell's error when a notebook fails; nothing is compared", async () => {
    const fake = new FakeKube();
    fake.notebookFails = true;
    await expect(verify(fake, "kappa")).rejects.toThrow(
      "notebook 1.pyspark-stream-stage did not run to its end: cell 7: StreamingQueryException: no such topic",
    );
    expect(fake.overrides.slice(1)).toEqual([{ parts: ["enrich", "aggregate"], plan: PLAN, clean: true }]);
    expect(fake.asked.slice(-2)).toEqual(["run ended", "job"]);
  });

  test("is a failure when the comparison is broken off, whose table is removed then", async () => {
    const fake = new FakeKube();
    fake.compareBreaksOff = true;
    await expect(verify(fake, "kappa")).rejects.toThrow("connection lost");
    expect(fake.overrides.slice(2)).toEqual([{ parts: ["enrich", "aggregate"], plan: PLAN, clean: true }]);
  });
});

test.each([
  [["--records", "100"], "--records is for --against spark"],
  [["--against", "spark", "--records", "0"], '--records must be 1 to 2000000, got "0"'],
  [["--against", "spark", "--records", "1e3"], '--records must be 1 to 2000000, got "1e3"'],
  [["--against", "flink"], '--against must be spark, got "flink"'],
  [["--against", "spark", "--from", "2026-01-01 00:00:00"], "takes no --from and no --to"],
  [
    ["smartcar", "--against", "spark", "--stack", "smartcar"],
    "--against spark is for kappa and lambda, not for smartcar",
  ],
  [["lambda", "--against", "spark", "--stack", "lambda"], "stack lambda has no notebook, in which Spark would run"],
])("lab verify %j is refused before anything is asked of a cluster", async (args, message) => {
  await expect(command.run(args)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(message) });
});

test("lab verify takes as many records as the job does", () => {
  const { records } = agreeSchema.shape;
  expect(records.safeParse(MOST_RECORDS).success).toBe(true);
  expect(records.safeParse(MOST_RECORDS + 1).success).toBe(false);
});
