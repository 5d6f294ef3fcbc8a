import { expect, test } from "vitest";
import { aggregateSchema } from "../../../jobs/aggregate/config";
import { checkConfig } from "../../../jobs/core/config";

const BASE = {
  kafka: { brokers: ["kafka:9093"] },
  http: { port: 8080 },
  mysql: { host: "mysql", port: 3306, user: "scott", database: "default", passwordFile: "/etc/secrets/mysql/scott" },
  topic: "events_stages",
  deadLetter: "events.dead-letter",
  groupId: "aggregate",
  window: { sizeSeconds: 10, watermarkSeconds: 15 },
  tables: [{ table: "events_users_v1", column: "user_name", field: "user_name" }],
};
const V2 = [{ table: "events_users_v2", column: "user_name", field: "user_name" }];
const check = (config: object) => checkConfig(aggregateSchema, { ...BASE, ...config }, "config");

test("what may be left out has its documented default", () => {
  const config = check({});
  expect(config).toMatchObject({ flushMs: 1000, maxAheadSeconds: 300, mode: { kind: "follow" } });
  expect(config.window.idleSeconds).toBe(60);
  expect(check({ mode: { kind: "recover" }, tables: V2 }).mode).toEqual({
    kind: "recover",
    follow: true,
    leastWatermarkSeconds: 0,
  });
});

test.each([
  ["recover into v1", { mode: { kind: "recover" } }, "recover writes tables that end in _v2"],
  ["aggregate into v2", { tables: V2 }, "is filled by recover alone"],
  [
    "recover into two tables",
    { mode: { kind: "recover" }, tables: [V2[0], { ...V2[0], table: "b_v2" }] },
    "one table at a time",
  ],
  [
    "a recovery that would lose what v1 has",
    { mode: { kind: "recover", leastWatermarkSeconds: 16 }, tables: V2 },
    "window.watermarkSeconds",
  ],
  ["one table twice", { tables: [BASE.tables[0], BASE.tables[0]] }, "named twice"],
  ["no table", { tables: [] }, "tables"],
  ["SQL as a table", { tables: [{ ...V2[0], table: "a; DROP TABLE b" }] }, "lower-case SQL name"],
  ["a column every table has", { tables: [{ ...BASE.tables[0], column: "count" }] }, "column of every table"],
  ["windows of no length", { window: { sizeSeconds: 0, watermarkSeconds: 15 } }, "window.sizeSeconds"],
  ["an unknown key", { windows: 1 }, "windows"],
])("%s is refused", (_, config, message) => {
  expect(() => check(config)).toThrow(message);
});
