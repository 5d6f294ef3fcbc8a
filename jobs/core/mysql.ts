import { readFileSync } from "node:fs";
import { type Connection, createConnection, type ResultSetHeader, type RowDataPacket } from "mysql2/promise";
import type { MysqlConfig } from "./config";
import { messageOf } from "./log";

/** A value in a statement; lists are for `IN (?)` and `VALUES ?`. */
export type SqlValue = string | number | null | readonly SqlValue[];

/** A row as it was read: DATETIME as text, DECIMAL and BIGINT as numbers (text beyond 2^53), JSON as an object. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** Statements on one connection. */
export interface Sql {
  /** Rows of a SELECT. */
  rows(sql: string, values?: readonly SqlValue[]): Promise<SqlRow[]>;
  /** Any other statement; the number of rows it touched. */
  run(sql: string, values?: readonly SqlValue[]): Promise<number>;
}

/** How a transaction sees the others. */
export type Isolation = "READ COMMITTED" | "REPEATABLE READ";

/** MySQL as jobs use it: one connection, made when it is needed and made anew after it broke. */
export interface Mysql extends Sql {
  /**
   * All or nothing. Deadlocks and lock waits are tried again a few times; after any other error nothing is known about the
   * outcome (the connection may have broken during the commit), so the work must be safe to repeat.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>, isolation?: Isolation): Promise<T>;
  /** Closes the connection; a later statement opens it again. */
  close(): Promise<void>;
}

/** The statement that fails without an answer after this. */
const STATEMENT_TIMEOUT_MS = 60_000;
const ATTEMPTS = 8;
const DEADLOCK_CODES = new Set(["ER_LOCK_DEADLOCK", "ER_LOCK_WAIT_TIMEOUT"]);

/** Quotes a name that is a known identifier. @throws when it is not one, so that no config value can become SQL */
export function name(identifier: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(identifier)) throw new Error(`not a SQL identifier: ${identifier}`);
  return `\`${identifier}\``;
}

/** A whole number of a row. @throws when it is none */
export function whole(value: unknown): number {
  const number = Number(value ?? 0);
  if (!Number.isSafeInteger(number)) throw new Error(`expected a whole number, got ${String(value)}`);
  return number;
}

/**
 * Reaches MySQL with the account of `config`. The password file is read on every connect, so a changed secret is seen.
 * @param database the default schema of the connection; undefined for none
 */
export function openMysql(config: MysqlConfig, database: string | undefined): Mysql {
  let current: Promise<Connection> | undefined;

  const connect = async (): Promise<Connection> => {
    const connection = await createConnection({
      host: config.host,
      port: config.port,
      user: config.user,
      database,
      password: readFileSync(config.passwordFile, "utf8").trimEnd(),
      charset: "utf8mb4_bin",
      dateStrings: true,
      decimalNumbers: true,
      supportBigNumbers: true,
      connectTimeout: 10_000,
      enableKeepAlive: true,
    });
    connection.on("error", () => forget());
    return connection;
  };
  const connection = (): Promise<Connection> => {
    if (!current) {
      current = connect();
      current.catch(() => forget());
    }
    return current;
  };
  const forget = () => {
    const old = current;
    current = undefined;
    old?.then((broken) => broken.destroy()).catch(() => undefined);
  };
  const sql: Sql = {
    rows: async (statement, values = []) => {
      const [rows] = await (await connection()).query<RowDataPacket[]>(statementOf(statement, values));
      return rows;
    },
    run: async (statement, values = []) => {
      const [result] = await (await connection()).query<ResultSetHeader>(statementOf(statement, values));
      return result.affectedRows;
    },
  };
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isSqlError(error)) forget();
      throw error;
    }
  };
  const once = async <T>(work: (sql: Sql) => Promise<T>, isolation: Isolation): Promise<T> => {
    await sql.run(`SET SESSION TRANSACTION ISOLATION LEVEL ${isolation}`);
    await sql.run("START TRANSACTION");
    try {
      const result = await work(sql);
      await sql.run("COMMIT");
      return result;
    } catch (error) {
      if (isSqlError(error)) await sql.run("ROLLBACK").catch(forget);
      else forget();
      throw error;
    }
  };
  // One connection: transactions and statements come one after the other.
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = tail.then(work, work);
    tail = turn.catch(() => undefined);
    return turn;
  };
  return {
    rows: (statement, values) => inTurn(() => guarded(() => sql.rows(statement, values))),
    run: (statement, values) => inTurn(() => guarded(() => sql.run(statement, values))),
    transaction: (work, isolation = "READ COMMITTED") =>
      inTurn(async () => {
        for (let attempt = 1; ; attempt += 1) {
          try {
            return await once(work, isolation);
          } catch (error) {
            if (!DEADLOCK_CODES.has(codeOf(error)) || attempt >= ATTEMPTS) throw error;
            await new Promise((resolve) => setTimeout(resolve, 20 * attempt));
          }
        }
      }),
    close: async () => {
      const old = current;
      current = undefined;
      await old?.then((open) => open.end()).catch(() => undefined);
    },
  };
}

/** The code of a MySQL or network error, such as `ER_DUP_ENTRY` or `ECONNREFUSED`; empty when it has none. */
export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

/** One line that says what MySQL could not do. */
export function mysqlMessage(error: unknown): string {
  const code = codeOf(error);
  return code === "" ? messageOf(error) : `${code}: ${messageOf(error)}`;
}

/** An answer of the server: the connection is still in order. */
function isSqlError(error: unknown): boolean {
  return typeof error === "object" && error !== null && "sqlState" in error && codeOf(error).startsWith("ER_");
}

function statementOf(sql: string, values: readonly SqlValue[]) {
  return { sql, values: [...values], timeout: STATEMENT_TIMEOUT_MS };
}
