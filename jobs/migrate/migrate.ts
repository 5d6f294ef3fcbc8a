import { stateSchema } from "../core/aggregate-tables";
import type { Log } from "../core/log";
import { codeOf, type Mysql, mysqlMessage, name, whole } from "../core/mysql";
import type { Statement } from "./accounts";
import { checksumOf, type Migration } from "./migrations/migration";

/** The schema cannot be brought up to date; the message is one line. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/** A migration as the history has it. */
export interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

/**
 * The migrations that are still to be run.
 * @throws MigrationError when one was edited after it ran, when the database is ahead, or when versions are out of order
 */
export function pending(migrations: readonly Migration[], applied: readonly Applied[]): Migration[] {
  for (const [index, migration] of migrations.entries()) {
    const before = migrations[index - 1]?.version ?? 0;
    if (migration.version <= before) throw new MigrationError(`migration ${migration.version} comes after ${before}`);
  }
  const known = new Map(migrations.map((migration) => [migration.version, migration]));
  for (const { version, name: label, checksum } of applied) {
    const migration = known.get(version);
    if (!migration) {
      throw new MigrationError(
        `the database has migration ${version} (${label}), this program does not: it is too old`,
      );
    }
    if (checksumOf(migration) !== checksum) {
      throw new MigrationError(
        `migration ${version} (${label}) was edited after it ran: undo the edit and add a migration`,
      );
    }
  }
  const done = new Set(applied.map(({ version }) => version));
  const newest = Math.max(0, ...done);
  const left = migrations.filter(({ version }) => !done.has(version));
  const skipped = left.find(({ version }) => version < newest);
  if (skipped) throw new MigrationError(`migration ${skipped.version} was added before ${newest}, which has run`);
  return left;
}

/** Waits until MySQL answers. @throws MigrationError after `waitSeconds` */
export async function awaitMysql(mysql: Mysql, waitSeconds: number, log: Log, pauseMs = 1000): Promise<void> {
  const deadline = performance.now() + waitSeconds * 1000;
  for (let said = ""; ; ) {
    try {
      await mysql.rows("SELECT 1");
      return;
    } catch (error) {
      const message = mysqlMessage(error);
      if (codeOf(error) === "ER_ACCESS_DENIED_ERROR") throw new MigrationError(message, { cause: error });
      if (performance.now() >= deadline) {
        throw new MigrationError(`MySQL did not answer within ${waitSeconds} s: ${message}`, { cause: error });
      }
      if (message !== said) log.info("waiting for MySQL", { error: message });
      said = message;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** Name of the lock that keeps two migrations apart. */
const LOCK = "bigdata-lab.migrate";
const LOCK_WAIT_SECONDS = 60;

/**
 * Brings the schema up to date, then the accounts; running it again changes nothing. A second process waits its turn. A
 * migration is noted in the history after its last statement, so one that was cut off runs again from its first.
 * @returns the versions that were run
 */
export async function migrate(
  mysql: Mysql,
  database: string,
  migrations: readonly Migration[],
  accounts: readonly Statement[],
  log: Log,
): Promise<number[]> {
  const [locked] = await mysql.rows(`SELECT GET_LOCK('${LOCK}', ${LOCK_WAIT_SECONDS}) AS taken`);
  if (locked?.taken !== 1) throw new MigrationError(`another migration has been running for ${LOCK_WAIT_SECONDS} s`);
  try {
    const history = `${name(stateSchema(database))}.schema_migrations`;
    for (const schema of [database, stateSchema(database)]) {
      await mysql.run(`CREATE DATABASE IF NOT EXISTS ${name(schema)} CHARACTER SET utf8mb4`);
    }
    await mysql.run(`CREATE TABLE IF NOT EXISTS ${history} (
      version INT NOT NULL PRIMARY KEY, name VARCHAR(128) NOT NULL, checksum CHAR(64) NOT NULL, applied_at DATETIME NOT NULL)`);
    const applied = (await mysql.rows(`SELECT version, name, checksum FROM ${history} ORDER BY version`)).map(
      (row) => ({
        version: whole(row.version),
        name: String(row.name),
        checksum: String(row.checksum),
      }),
    );
    const left = pending(migrations, applied);
    for (const migration of left) {
      for (const statement of migration.statements(database)) {
        await stillLocked(mysql);
        await mysql.run(statement);
      }
      await mysql.run(
        `INSERT INTO ${history} (version, name, checksum, applied_at) VALUES (?, ?, ?, UTC_TIMESTAMP())`,
        [migration.version, migration.name, checksumOf(migration)],
      );
      log.info("migration applied", { version: migration.version, name: migration.name });
    }
    for (const { sql, values } of accounts) await mysql.run(sql, values);
    return left.map(({ version }) => version);
  } finally {
    await mysql.run(`DO RELEASE_LOCK('${LOCK}')`).catch(() => undefined); // a broken connection has released it
  }
}

/** The lock belongs to a connection; when that broke, another process may be at work. */
async function stillLocked(mysql: Mysql): Promise<void> {
  const [row] = await mysql.rows(`SELECT IS_USED_LOCK('${LOCK}') = CONNECTION_ID() AS ours`);
  if (row?.ours !== 1) throw new MigrationError("the connection broke in the middle of a migration; run it again");
}
