import { describe, expect, test } from "vitest";
import { agreeSchema } from "../../../jobs/agree/config";
import { dropLeftTables, dropSparkTable, sparkTable, stampOf } from "../../../jobs/agree/spark-table";
import { CONFIG, MYSQL } from "./aggregate-world";

describe("the table that notebook 2 fills", () => {
  const aggregate = { mysql: MYSQL, spark: "notebook_verify" };
  const NOW = Date.UTC(2026, 10, 21);
  const DAY_MS = 86_400_000;
  function recording(tables: readonly string[] = []) {
    const ran: string[] = [];
    const run = async (sql: string) => ran.push(sql);
    return { ran, run, rows: async () => tables.map((found) => ({ found })) };
  }

  test("is another one in each comparison, and has a name that the notebook takes", () => {
    const names = [0, 0.5, 0.999_999].map((random) => sparkTable(aggregate, stampOf(NOW, random)));
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^notebook_[a-z0-9_]{1,40}$/);
  });

  test("is removed with what is beside it, and nothing else", async () => {
    const mysql = recording();
    await dropSparkTable(aggregate, "notebook_verify_a_0001", mysql);
    expect(mysql.ran).toEqual([
      "DROP TABLE IF EXISTS `default`.`notebook_verify_a_0001`, `default`.`notebook_verify_a_0001_staging`",
    ]);
    const wrong = { ...CONFIG, aggregate: { ...CONFIG.aggregate, spark: "events_users_v1" } };
    expect(agreeSchema.safeParse(wrong).success).toBe(false);
  });

  test("is removed by a later comparison when its own was killed; that of one that may still run is not", async () => {
    const dead = sparkTable(aggregate, stampOf(NOW - 2 * DAY_MS, 0.1));
    const deader = sparkTable(aggregate, stampOf(NOW - 3 * DAY_MS, 0.1));
    const running = sparkTable(aggregate, stampOf(NOW - DAY_MS / 2, 0.1));
    const others = ["events_users_v1", "notebook_users_v1", "notebook_verify_mine", "notebook_v"];
    const mysql = recording([...others, dead, `${dead}_staging`, `${deader}_staging`, running, `${running}_staging`]);
    await dropLeftTables(aggregate, mysql, NOW);
    expect(mysql.ran).toHaveLength(2);
    expect(mysql.ran.join()).toContain(`\`${dead}\`, `);
    expect(mysql.ran.join()).toContain(`\`${deader}\`, `);
    expect(mysql.ran.join()).not.toContain(running);
  });
});
