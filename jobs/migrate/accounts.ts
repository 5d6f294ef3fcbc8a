import { aggregateNames, stateSchema } from "../core/aggregate-tables";
import { name } from "../core/mysql";

/** A statement, and the values that must not be in its text (passwords). */
export interface Statement {
  readonly sql: string;
  readonly values?: readonly string[];
}

/** An account with its password in hand. */
export interface Account {
  readonly user: string;
  readonly password: string;
}

/**
 * Statements that make the accounts what they should be, run on every migration: a changed password is taken over, a
 * right that was taken away comes back. They do nothing when nothing has changed.
 */
export function accountStatements(
  database: string,
  app: Account,
  recover: Account,
  owners: readonly Account[] = [],
): Statement[] {
  const rows = "SELECT, INSERT, UPDATE, DELETE";
  const v2 = aggregateNames(database, "events_users_v2");
  return [
    ...[app, recover, ...owners].flatMap(({ user, password }) => [
      { sql: "CREATE USER IF NOT EXISTS ?@'%' IDENTIFIED BY ?", values: [user, password] },
      { sql: "ALTER USER ?@'%' IDENTIFIED BY ?", values: [user, password] },
    ]),
    // The readers' schema is the app's own: notebooks create tables in it, cutover replaces its view.
    { sql: `GRANT ALL PRIVILEGES ON ${name(database)}.* TO ?@'%'`, values: [app.user] },
    { sql: `GRANT ${rows} ON ${name(stateSchema(database))}.* TO ?@'%'`, values: [app.user] },
    ...owners.flatMap(({ user }) => [
      { sql: `CREATE DATABASE IF NOT EXISTS ${name(user)} CHARACTER SET utf8mb4` },
      { sql: `GRANT ALL PRIVILEGES ON ${name(user)}.* TO ?@'%'`, values: [user] },
    ]),
    // Whatever its config says, a recovery cannot write v1.
    ...[v2.table, v2.partials, v2.positions, v2.runs, v2.recoveries].map((table) => ({
      sql: `GRANT ${rows} ON ${table} TO ?@'%'`,
      values: [recover.user],
    })),
    { sql: `GRANT SELECT, SHOW VIEW ON ${name(database)}.events_users TO ?@'%'`, values: [recover.user] },
  ];
}
