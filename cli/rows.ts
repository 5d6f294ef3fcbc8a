import { createConnection, type RowDataPacket } from "mysql2/promise";
import type { Kube } from "./kube";

/** One window of an aggregate table; times are Asia/Seoul wall time, as stored. */
export interface WindowRow {
  readonly start: string;
  readonly end: string;
  readonly key: string;
  readonly count: number;
}

/** Where the database and its reader's password are. */
export interface DatabaseAccess {
  /** Pod that runs the server. */
  readonly pod: string;
  readonly user: string;
  readonly database: string;
  readonly secret: string;
  readonly secretKey: string;
}

/** The kappa pipeline's store, as `components/mysql` declares it. */
export const KAPPA_DATABASE: DatabaseAccess = {
  pod: "pod/mysql-0",
  user: "scott",
  database: "default",
  secret: "mysql-scott",
  secretKey: "scott",
};

/** Asks the database one question, through a port-forward, as the reader the applications use. */
export async function query(
  kube: Kube,
  sql: string,
  access: DatabaseAccess = KAPPA_DATABASE,
): Promise<RowDataPacket[]> {
  const password = await kube.secret(access.secret, access.secretKey);
  return kube.forwarded(access.pod, 3306, async (port) => {
    const connection = await createConnection({
      host: "127.0.0.1",
      port,
      user: access.user,
      password,
      database: access.database,
      dateStrings: true, // DATETIME columns hold Seoul time; a Date would be read in this machine's zone
      connectTimeout: 10_000,
    });
    try {
      const [rows] = await connection.query<RowDataPacket[]>(sql);
      return rows;
    } finally {
      await connection.end();
    }
  });
}

/** The newest windows of `events_users_v1`, newest first. */
export async function newestRows(kube: Kube, limit: number): Promise<WindowRow[]> {
  const rows = await query(
    kube,
    `SELECT \`start\`, \`end\`, user_name, count FROM events_users_v1 ORDER BY \`start\` DESC, user_name LIMIT ${Math.trunc(limit)}`,
  );
  return rows.map((row) => ({
    start: String(row.start),
    end: String(row.end),
    key: String(row.user_name),
    count: Number(row.count),
  }));
}

/** Seconds from a Seoul wall time (`YYYY-MM-DD HH:MM:SS`) to `nowMs`. */
export function secondsSince(seoulTime: string, nowMs: number): number {
  return Math.round((nowMs - Date.parse(`${seoulTime.replace(" ", "T")}+09:00`)) / 1000);
}
