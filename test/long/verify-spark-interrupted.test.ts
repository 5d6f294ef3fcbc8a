import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, kubectl, lab, labOk } from "../cluster/support/lab";
import { type TestMysql, testMysql } from "../cluster/support/mysql";
import { stackUp } from "../cluster/support/stack-up";

const MINUTES = 60_000;
let mysql: TestMysql;

beforeAll(async () => {
  await stackUp("lab", "notebook");
  mysql = await testMysql("root");
});
afterAll(async () => {
  await mysql?.end();
  await labOk(["up", "--without", "notebook"]);
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
