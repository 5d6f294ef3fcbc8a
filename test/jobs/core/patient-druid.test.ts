import { expect, test } from "vitest";
import { type Druid, DruidError } from "../../../jobs/core/druid";
import { patientSql } from "../../../jobs/core/patient-druid";

/** Druid's SQL that fails with these statuses, one after the other, and then answers. */
function failing(...statuses: number[]): Pick<Druid, "sql"> & { asked: number } {
  const druid = {
    asked: 0,
    sql: async <T>() => {
      druid.asked += 1;
      const status = statuses.shift();
      if (status !== undefined) throw new DruidError("POST /druid/v2/sql", status, "");
      return [{ n: 1 }] as T[];
    },
  };
  return druid;
}

test("a question that nobody could take is asked again", async () => {
  const druid = failing(0, 503);
  expect(await patientSql(druid, { pauseMs: 1 }).sql("SELECT 1")).toEqual([{ n: 1 }]);
  expect(druid.asked).toBe(3);
});

test("one that Druid refuses is not, nor one that nobody takes for too long", async () => {
  const refused = failing(400);
  await expect(patientSql(refused, { pauseMs: 1 }).sql("SELEC 1")).rejects.toThrow(/400/);
  expect(refused.asked).toBe(1);
  await expect(patientSql(failing(0, 0, 0), { patienceMs: 0, pauseMs: 1 }).sql("SELECT 1")).rejects.toThrow(DruidError);
});
