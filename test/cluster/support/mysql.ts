import { type Connection, createConnection, type ResultSetHeader, type RowDataPacket } from "mysql2/promise";
import { kubectl } from "./lab";

/** Accounts of the lab, and the Secret and key of each one's password. */
const SECRETS = { root: "mysql-root", scott: "mysql-scott", recover: "mysql-recover" } as const;

/** A connection of the test's own, straight to the pod. */
export interface TestMysql {
  rows(sql: string): Promise<RowDataPacket[]>;
  /** Rows touched. */
  run(sql: string): Promise<number>;
  end(): Promise<void>;
}

/** Logs in to the lab's MySQL. */
export async function testMysql(user: keyof typeof SECRETS): Promise<TestMysql> {
  const host = await kubectl("get", "pod", "mysql-0", "--output=jsonpath={.status.podIP}");
  const encoded = await kubectl("get", "secret", SECRETS[user], `--output=jsonpath={.data.${user}}`);
  const connection: Connection = await createConnection({
    host,
    port: 3306,
    user,
    password: Buffer.from(encoded, "base64").toString("utf8").trimEnd(),
    database: "default",
    dateStrings: true,
    charset: "utf8mb4_bin",
  });
  return {
    rows: async (sql) => (await connection.query<RowDataPacket[]>(sql))[0],
    run: async (sql) => (await connection.query<ResultSetHeader>(sql))[0].affectedRows,
    end: () => connection.end(),
  };
}
