import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, lab, labOk, rolledOut, sigkill } from "./support/lab";
import { type TestMysql, testMysql } from "./support/mysql";

let root: TestMysql;
beforeAll(async () => {
  root = await testMysql("root");
});
afterAll(() => root?.end());

test("the tables are what readers were promised", async () => {
  const columns = await root.rows(
    `SELECT TABLE_NAME AS t, GROUP_CONCAT(CONCAT(COLUMN_NAME, ' ', COLUMN_TYPE, ' ', COLUMN_KEY) ORDER BY ORDINAL_POSITION) AS c
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'default' GROUP BY TABLE_NAME ORDER BY TABLE_NAME`,
  );
  const users = "start datetime PRI,end datetime PRI,user_name varchar(64) PRI,count bigint ";
  expect(Object.fromEntries(columns.map((row) => [row.t, row.c]))).toMatchObject({
    events_ages: "start datetime PRI,end datetime PRI,age int PRI,count bigint ",
    events_depts: users.replace("user_name", "dept_name"),
    events_users: "start datetime ,end datetime ,user_name varchar(64) ,count bigint ",
    events_users_v1: users,
    events_users_v2: users,
  });
});

test("names that differ by case, accent or a space at the end are different people", async () => {
  const start = "'1001-01-01 00:00:00', '1001-01-01 00:00:10'";
  const names = ["kim", "Kim", "kím", "kim "];
  try {
    await root.run(`INSERT INTO events_users_v1 VALUES ${names.map((name) => `(${start}, '${name}', 1)`).join()}`);
    const [row] = await root.rows("SELECT COUNT(*) AS n FROM events_users_v1 WHERE start < '1002-01-01'");
    expect(row?.n).toBe(names.length);
  } finally {
    await root.run("DELETE FROM events_users_v1 WHERE start < '1002-01-01'");
  }
});

test("the account of a recovery cannot write v1, nor any table but v2's", async () => {
  const recover = await testMysql("recover");
  try {
    for (const table of ["events_users_v1", "events_ages", "default_state.events_users_v1_positions"]) {
      for (const sql of [`DELETE FROM ${table}`, `INSERT INTO ${table} SELECT * FROM ${table}`]) {
        await expect(recover.run(sql)).rejects.toThrow("command denied to user 'recover'");
      }
    }
    await expect(recover.run("DROP TABLE events_users_v2")).rejects.toThrow("command denied");
    await recover.run("DELETE FROM events_users_v2 WHERE start < '1002-01-01'");
  } finally {
    await recover.end();
  }
});

test("verify finds a row that is wrong by one, names it, and ends with 1", async () => {
  await labOk(["verify", "kappa"]);
  const [row] = await root.rows("SELECT * FROM events_ages ORDER BY start LIMIT 1");
  const where = `start = '${row?.start}' AND age = ${row?.age}`;
  await root.run(`UPDATE events_ages SET count = count + 1 WHERE ${where}`);
  try {
    const { code, stdout } = await lab(["verify", "kappa"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/events_ages: differing rows +0 +1 +DIFFERS/);
    expect(stdout).toContain(
      `differs: events_ages ${row?.start} … ${row?.end} ${row?.age}: count ${Number(row?.count) + 1}`,
    );
  } finally {
    await root.run(`UPDATE events_ages SET count = ${row?.count} WHERE ${where}`);
  }
});

test("a table that was emptied is filled again from the log, to the row", async () => {
  const [before] = await root.rows("SELECT SUM(count) AS total FROM events_depts");
  await root.run("START TRANSACTION");
  for (const table of [
    "default_state.events_depts_positions",
    "default_state.events_depts_partials",
    "`default`.events_depts",
  ]) {
    await root.run(`DELETE FROM ${table}`);
  }
  await root.run("COMMIT");
  await eventually("the counts are back", 120, async () => {
    const [row] = await root.rows("SELECT SUM(count) AS total FROM events_depts");
    return Number(row?.total) >= Number(before?.total);
  });
  await labOk(["verify", "kappa"]);
});

test("MySQL killed under load loses and doubles nothing", async () => {
  expect(await sigkill("mysql")).toBe(1);
  await eventually("MySQL is back", 180, async () => {
    await rolledOut("statefulset", "mysql");
    await rolledOut("deployment", "aggregate");
    const again = await testMysql("root");
    await root.end().catch(() => undefined);
    root = again;
    return true;
  });
  await labOk(["verify", "kappa"]);
});
