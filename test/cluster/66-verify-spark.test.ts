import { afterAll, beforeAll, expect, test } from "vitest";
import { testKafka } from "./support/kafka";
import { kubectl, labOk } from "./support/lab";
import { produce } from "./support/load";
import { type TestMysql, testMysql } from "./support/mysql";
import { stackUp } from "./support/stack-up";

const MINUTES = 60_000;
/** From the moment the job goes by its rule until windows are compared: 300 s that events may be ahead, and a few windows. */
const WHOLE_WINDOWS_MS = 360_000;
let mysql: TestMysql;

beforeAll(async () => {
  await stackUp("lab", "notebook");
  mysql = await testMysql("root");
  await produce(testKafka(), { events: 10_000, seconds: 10 });
  // Tests before this one have changed the rule, and the job has begun anew with the old one.
  const jsonpath = "--output=jsonpath={.items[*].status.startTime}";
  const begun = Date.parse(await kubectl("get", "pods", "--selector=app.kubernetes.io/name=aggregate", jsonpath));
  await new Promise((resolve) => setTimeout(resolve, begun + WHOLE_WINDOWS_MS - Date.now()));
});
afterAll(async () => {
  await mysql?.end();
  await labOk(["up", "--without", "notebook"]); // the last of the files that ask for it
});

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
