import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, kubectl, lab, labOk } from "./support/lab";
import { type TestMysql, testMysql } from "./support/mysql";
import { stackUp } from "./support/stack-up";

const MINUTES = 60_000;
let mysql: TestMysql;

beforeAll(async () => {
  await stackUp("lab", "notebook");
  mysql = await testMysql("root");
});
afterAll(async () => {
  await mysql?.end();
});

/** Runs a command in the notebook's container. */
const inPod = (...command: string[]) => kubectl("exec", "notebook-0", "--container=notebook", "--", ...command);

test(
  "lab verify --against spark ends on Ctrl-C with what it has begun: no notebook runs on, and no job and no table stays",
  async () => {
    let interruptedAt = 0;
    const { code, stderr } = await lab(
      ["verify", "kappa", "--against", "spark"],
      {},
      {
        see: (stdout, interrupt) => {
          if (interruptedAt > 0 || !/running notebook 1\.pyspark-stream-stage/.test(stdout)) return;
          interruptedAt = Date.now();
          setTimeout(interrupt, 12_000); // in the middle of it: its kernel has started, and Spark is starting
        },
      },
    );
    expect(interruptedAt).toBeGreaterThan(0);
    expect(code, stderr).toBe(130);
    const left = "grep -lE '[r]un-notebook|[S]parkSubmit' /proc/[0-9]*/cmdline 2>/dev/null; true";
    expect(await inPod("sh", "-c", left)).toBe("");
    await eventually("its table and its jobs are gone", 120, async () => {
      const jobs = await kubectl("get", "jobs", "--output=name");
      const tables = await mysql.rows("SHOW TABLES LIKE 'notebook_verify%'");
      return !jobs.includes("/agree-") && tables.length === 0;
    });
  },
  15 * MINUTES,
);

test(
  "lab verify --against spark agrees on the newest records and on whole windows; a table nobody asked for is left behind by no run",
  async () => {
    const { stdout } = await labOk(["verify", "kappa", "--against", "spark", "--records", "20000"]);
    const compared = /events: records on which enrich and Spark agree +(\d+) +\1 +ok/.exec(stdout)?.[1];
    expect(Number(compared), stdout).toBeGreaterThan(5_000); // offsets that hold no record count, too
    expect(Number(compared), stdout).toBeLessThan(20_010);
    expect(stdout).toMatch(/events_users_v1: sum of the [1-9]\d* rows without late records +([1-9]\d*) +\1 +ok/);
    expect(stdout).toMatch(/everything agrees/);
    expect(await mysql.rows("SHOW TABLES LIKE 'notebook_verify%'")).toEqual([]);
  },
  15 * MINUTES,
);
