import { describe, expect, test } from "vitest";
import type { Mysql, SqlRow, SqlValue } from "../../../jobs/core/mysql";
import { accountStatements } from "../../../jobs/migrate/accounts";
import { awaitMysql, migrate, pending } from "../../../jobs/migrate/migrate";
import { migrations } from "../../../jobs/migrate/migrations";
import { checksumOf, type Migration } from "../../../jobs/migrate/migrations/migration";

const LOG = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const first: Migration = {
  version: 1,
  name: "first",
  statements: () => ["CREATE TABLE IF NOT EXISTS a (x INT)", "CREATE TABLE IF NOT EXISTS b (x INT)"],
};
const second: Migration = { version: 2, name: "second", statements: () => ["CREATE TABLE IF NOT EXISTS c (x INT)"] };
const applied = (migration: Migration) => ({
  version: migration.version,
  name: migration.name,
  checksum: checksumOf(migration),
});

describe("what is left to run", () => {
  test("all on a new database, none on one that is up to date", () => {
    expect(pending([first, second], [])).toEqual([first, second]);
    expect(pending([first, second], [applied(first)])).toEqual([second]);
    expect(pending([first, second], [applied(first), applied(second)])).toEqual([]);
  });

  test.each([
    ["an edited migration", [first], [{ ...applied(first), checksum: "0" }], "was edited after it ran"],
    ["a database that is ahead", [first], [applied(first), applied(second)], "it is too old"],
    ["versions out of order", [second, first], [], "comes after"],
    ["a migration that was put in between", [first, second], [applied(second)], "was added before 2"],
  ])("%s is an error", (_, known, history, message) => {
    expect(() => pending(known, history)).toThrow(message);
  });
});

test("released migrations are not edited: their checksums are pinned", () => {
  expect(
    migrations.map((migration) => [migration.version, migration.name, checksumOf(migration).slice(0, 12)]),
  ).toEqual([[1, "aggregate-tables", "f48552095286"]]);
});

test("every statement may be run twice", () => {
  for (const migration of migrations) {
    for (const statement of migration.statements("default")) expect(statement).toContain("IF NOT EXISTS");
  }
});

test("the readers' tables are as the design has them", () => {
  const text = migrations
    .flatMap((migration) => migration.statements("default"))
    .join("\n")
    .replace(/\s+/g, " ");
  expect(text).toContain(
    "CREATE TABLE IF NOT EXISTS `default`.`events_users_v1` ( start DATETIME NOT NULL, end DATETIME NOT NULL, `user_name` VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL, count BIGINT NOT NULL, PRIMARY KEY (start, end, `user_name`))",
  );
  for (const table of ["events_users_v2", "events_ages", "events_depts"])
    expect(text).toContain(`\`default\`.\`${table}\` (`);
  expect(text).toContain(
    "VIEW IF NOT EXISTS `default`.events_users AS SELECT start, end, user_name, count FROM `default`.`events_users_v1`",
  );
});

describe("accounts", () => {
  const statements = accountStatements(
    "default",
    { user: "scott", password: "tiger" },
    { user: "recover", password: "phoenix" },
    [{ user: "druid", password: "oak" }],
  );

  test("no password is in a statement's text", () => {
    expect(statements.map(({ sql }) => sql).join()).not.toMatch(/tiger|phoenix|oak/);
    expect(statements.filter(({ values }) => values?.includes("tiger"))).toHaveLength(2);
  });

  test("an owner has its own database and no other", () => {
    const texts = statements.map(({ sql }) => sql);
    expect(texts).toContain("CREATE DATABASE IF NOT EXISTS `druid` CHARACTER SET utf8mb4");
    const granted = statements.filter(({ sql, values }) => sql.startsWith("GRANT") && values?.[0] === "druid");
    expect(granted.map(({ sql }) => sql)).toEqual(["GRANT ALL PRIVILEGES ON `druid`.* TO ?@'%'"]);
  });

  test("recovery has rights on v2 alone", () => {
    const granted = statements
      .filter(({ sql, values }) => sql.startsWith("GRANT") && values?.[0] === "recover")
      .map(({ sql }) => sql);
    const writable = granted
      .filter((sql) => /INSERT|UPDATE|DELETE|ALL/.test(sql))
      .map((sql) => / ON (\S+) /.exec(sql)?.[1]);
    expect(writable.length).toBeGreaterThan(0);
    for (const target of writable) expect(target).toMatch(/`events_users_v2(_[a-z]+)?`$/);
  });
});

/** A MySQL that notes statements, and fails at one of them. */
function fake(history: SqlRow[], failAt?: string) {
  const log: string[] = [];
  const mysql: Mysql = {
    rows: async (sql) => {
      if (sql.includes("GET_LOCK")) return [{ taken: 1 }];
      if (sql.includes("IS_USED_LOCK")) return [{ ours: 1 }];
      return sql.includes("schema_migrations") ? history : [];
    },
    run: async (sql: string, values: readonly SqlValue[] = []) => {
      if (sql === failAt) throw new Error("killed");
      log.push(sql);
      if (sql.startsWith("INSERT INTO")) history.push({ version: values[0], name: values[1], checksum: values[2] });
      return 0;
    },
    transaction: () => Promise.reject(new Error("DDL has no transactions")),
    close: async () => {},
  };
  return { mysql, log };
}

test("a migration cut off in its middle runs again from its first statement", async () => {
  const history: SqlRow[] = [];
  const cut = fake(history, "CREATE TABLE IF NOT EXISTS b (x INT)");
  await expect(migrate(cut.mysql, "default", [first, second], [], LOG)).rejects.toThrow("killed");
  expect(history).toEqual([]);
  expect(cut.log.at(-1)).toContain("RELEASE_LOCK");
  const again = fake(history);
  expect(await migrate(again.mysql, "default", [first, second], [], LOG)).toEqual([1, 2]);
  expect(again.log.filter((sql) => sql.startsWith("CREATE TABLE IF NOT EXISTS a"))).toHaveLength(1);
  expect(await migrate(again.mysql, "default", [first, second], [], LOG)).toEqual([]);
});

test("a second migration waits for the first, and says so when it takes too long", async () => {
  const { mysql } = fake([]);
  const busy: Mysql = { ...mysql, rows: async () => [{ taken: 0 }] };
  await expect(migrate(busy, "default", [], [], LOG)).rejects.toThrow("another migration has been running");
});

test("it waits for a MySQL that is starting, but not for a wrong password", async () => {
  let tries = 0;
  const { mysql } = fake([]);
  const starting: Mysql = {
    ...mysql,
    rows: async () => {
      tries += 1;
      if (tries < 3) throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
      return [];
    },
  };
  await awaitMysql(starting, 10, LOG, 1);
  expect(tries).toBe(3);
  const denied: Mysql = {
    ...mysql,
    rows: () => Promise.reject(Object.assign(new Error("denied"), { code: "ER_ACCESS_DENIED_ERROR" })),
  };
  await expect(awaitMysql(denied, 10, LOG, 1)).rejects.toThrow("ER_ACCESS_DENIED_ERROR: denied");
});
