import { DEPTS, NAMES } from "../../../stacks/static-tables";
import { druidSql } from "./lambda";

/** A row of a Druid datasource, as the tests compare it. */
export interface Row {
  readonly t: string;
  readonly id: number;
  readonly user_id: number;
  readonly user_name: string;
  readonly dept_name: string;
  readonly gender: string;
  readonly age: number;
  readonly hello: string | null;
}

/** An event, as the tests send it. */
export interface Sent {
  readonly id: number;
  readonly time: string;
  readonly hello: string;
}

/** What an event must become, computed here from the tables alone. */
export function expectedRow({ id, time, hello }: Sent): Row {
  return {
    t: time,
    id,
    user_id: (id % 10) + 0, // not -0, which is another number to who compares
    user_name: NAMES.find(({ uid }) => uid === id % 10)?.name ?? "Unknown Name",
    dept_name: DEPTS.find(({ did }) => did === id % 5)?.name ?? "Unknown Dept",
    gender: id % 2 === 0 ? "남성" : "여성",
    age: (id % 100) + 1,
    hello,
  };
}

/** What events must become, in the order of {@link rowsOf}. */
export function expectedRows(events: readonly Sent[]): Row[] {
  return events.map(expectedRow).sort(byId);
}

const byId = (a: Row, b: Row) => a.id - b.id || (a.t < b.t ? -1 : 1);

/** Rows of a datasource between two moments, in Seoul, in the order of their ids. */
export async function rowsOf(datasource: string, from: string, to: string): Promise<Row[]> {
  const seoul = (time: string) => `TIME_PARSE('${time}', 'yyyy-MM-dd HH:mm:ss', 'Asia/Seoul')`;
  const rows = await druidSql<Row>(
    `SELECT TIME_FORMAT(__time, 'yyyy-MM-dd HH:mm:ss', 'Asia/Seoul') AS t, id, user_id, user_name, dept_name, gender, age, hello
     FROM "${datasource}" WHERE __time >= ${seoul(from)} AND __time < ${seoul(to)}`,
  );
  return rows.sort(byId);
}

/** All rows that `events_batch` has of a day. */
export function batchRows(day: string): Promise<Row[]> {
  return rowsOf("events_batch", `${day} 00:00:00`, `${dayAfter(day)} 00:00:00`);
}

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}
