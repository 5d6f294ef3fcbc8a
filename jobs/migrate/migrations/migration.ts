import { createHash } from "node:crypto";
import { aggregateNames } from "../../core/aggregate-tables";
import { name } from "../../core/mysql";

/**
 * One step of the schema. MySQL commits every DDL statement by itself, so a step can be cut off in its middle: each
 * statement must do nothing when it is run a second time (`IF NOT EXISTS`). A step that was released is never edited;
 * what comes later is another step.
 */
export interface Migration {
  readonly version: number;
  /** What it does, in kebab-case. */
  readonly name: string;
  /** @param database the schema of the readers' tables */
  readonly statements: (database: string) => readonly string[];
}

/** What a migration's statements are known by: any edit changes it, white space apart. */
export function checksumOf(migration: Migration): string {
  const text = migration.statements("default").join(";").replace(/\s+/g, " ");
  return createHash("sha256").update(text).digest("hex");
}

/** How a key's column is declared. Binary collation: `Kim`, `kim` and `kim ` are three people. */
const KEY_TYPES = {
  text: "VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL",
  integer: "INT NOT NULL",
} as const;

/** An aggregate table and its companions, see `jobs/core/aggregate-tables.ts`. */
export function aggregateTable(
  database: string,
  table: string,
  column: string,
  type: keyof typeof KEY_TYPES,
): string[] {
  const names = aggregateNames(database, table);
  const key = name(column);
  const window = "start DATETIME NOT NULL, end DATETIME NOT NULL";
  return [
    `CREATE TABLE IF NOT EXISTS ${names.table} (
      ${window}, ${key} ${KEY_TYPES[type]}, count BIGINT NOT NULL, PRIMARY KEY (start, end, ${key}))`,
    `CREATE TABLE IF NOT EXISTS ${names.partials} (
      ${window}, ${key} ${KEY_TYPES[type]}, partition_id INT NOT NULL, count BIGINT NOT NULL, late BIGINT NOT NULL,
      PRIMARY KEY (start, end, ${key}, partition_id))`,
    `CREATE TABLE IF NOT EXISTS ${names.positions} (
      partition_id INT NOT NULL PRIMARY KEY, position BIGINT NOT NULL, rejected BIGINT NOT NULL)`,
    `CREATE TABLE IF NOT EXISTS ${names.runs} (
      run INT NOT NULL PRIMARY KEY, window_seconds INT NOT NULL, watermark_seconds INT NOT NULL,
      max_ahead_seconds INT NOT NULL, from_positions JSON NOT NULL, claimed_at DATETIME NOT NULL)`,
  ];
}
