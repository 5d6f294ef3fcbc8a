import { type Mysql, name } from "../core/mysql";
import type { AgreeSettings } from "./config";

type AggregateSettings = NonNullable<AgreeSettings["aggregate"]>;

/** No comparison takes so long: what is left of an older one belongs to a run that is gone. */
const OLDEST_MS = 86_400_000;

/** What tells a comparison from all others: when it began, and a number for those that began at the same moment. */
export function stampOf(nowMs: number, random: number): string {
  return `${nowMs.toString(36)}_${Math.floor(random * 36 ** 4)
    .toString(36)
    .padStart(4, "0")}`;
}

/** Table that notebook 2 fills for the comparison with this stamp: nobody else's, however many run at once. */
export function sparkTable({ spark }: Pick<AggregateSettings, "spark">, stamp: string): string {
  return `${spark}_${stamp}`;
}

/** Removes a comparison's table, and the one beside it in which notebook 2 hands over its rows. */
export async function dropSparkTable(
  { mysql: { database } }: Pick<AggregateSettings, "mysql">,
  table: string,
  mysql: Pick<Mysql, "run">,
): Promise<void> {
  const tables = [table, `${table}_staging`].map((one) => `${name(database)}.${name(one)}`);
  await mysql.run(`DROP TABLE IF EXISTS ${tables.join(", ")}`);
}

/** Removes what comparisons have left that were killed before they could do so themselves. */
export async function dropLeftTables(
  settings: Pick<AggregateSettings, "spark" | "mysql">,
  mysql: Pick<Mysql, "rows" | "run">,
  nowMs: number,
): Promise<void> {
  const found = await mysql.rows("SELECT TABLE_NAME AS found FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?", [
    settings.mysql.database,
  ]);
  const tables = new Set(found.map((row) => String(row.found).replace(/_staging$/, "")));
  for (const table of tables) {
    if (!table.startsWith(settings.spark)) continue;
    const [, began] = /^_([0-9a-z]+)_[0-9a-z]{4}$/.exec(table.slice(settings.spark.length)) ?? [];
    if (began === undefined || Number.parseInt(began, 36) > nowMs - OLDEST_MS) continue;
    await dropSparkTable(settings, table, mysql);
  }
}
