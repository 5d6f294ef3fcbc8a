/** Ids beyond those any collector has come to, so that the demonstration's events are told from all others. */
const FIRST_ID = 8_000_000_000;
const ON_TIME = 20;
const LATE = 5;
const REPEATED = 4;
/** The first day that may be chosen: long before anything was collected. */
const FIRST_DAY = Date.UTC(2001, 0, 1);
const DAY_MS = 86_400_000;

/** The lines of topic `events` that the demonstration sends. */
export interface LateEvents {
  /** Events of the day, which a first reindex settles. */
  readonly onTime: readonly string[];
  /** Events of the same day that come after it. */
  readonly late: readonly string[];
  /** Events that come a second time. */
  readonly repeated: readonly string[];
  /** Ids of the late ones. */
  readonly lateIds: readonly number[];
}

/** What one layer holds of the day. */
export interface LayerRow {
  readonly layer: string;
  readonly rows: number;
  readonly distinctIds: number;
  /** Late events among them. */
  readonly late: number;
}

/** The first day (`YYYY-MM-DD`, Seoul) of which no layer holds anything. `used` are days in the same form. */
export function freeDay(used: ReadonlySet<string>): string {
  for (let ms = FIRST_DAY; ; ms += DAY_MS) {
    const day = new Date(ms).toISOString().slice(0, 10);
    if (!used.has(day)) return day;
  }
}

/** Events of a day: one each hour of it and more, the late ones in the evening, every fourth of the first ones repeated. */
export function lateEvents(day: string): LateEvents {
  const event = (index: number, hour: number): string =>
    JSON.stringify({
      hello: "late-and-duplicates", // a collector goes on behind the ids of its own `hello`: these are not its own
      id: FIRST_ID + index,
      time: `${day} ${String(hour).padStart(2, "0")}:${String(index % 60).padStart(2, "0")}:00`,
    });
  const onTime = Array.from({ length: ON_TIME }, (_, index) => event(index, index));
  const late = Array.from({ length: LATE }, (_, index) => event(ON_TIME + index, 20));
  return {
    onTime,
    late,
    repeated: onTime.slice(0, REPEATED),
    lateIds: Array.from({ length: LATE }, (_, index) => FIRST_ID + ON_TIME + index),
  };
}

/** How often an id is there. */
export interface IdCount {
  readonly id: number;
  readonly times: number;
}

/** SQL for the ids of the day in one layer, as {@link IdCount}. Few, so they are counted here, and exactly. */
export function idsQuery(datasource: string, day: string): string {
  return `SELECT "id", COUNT(*) AS "times" FROM "${datasource}" WHERE ${ofDay(day)} GROUP BY 1`;
}

/** The row of a layer that holds these ids. */
export function layerRow(layer: string, ids: readonly IdCount[], lateIds: readonly number[]): LayerRow {
  return {
    layer,
    rows: ids.reduce((sum, { times }) => sum + times, 0),
    distinctIds: ids.length,
    late: ids.filter(({ id }) => lateIds.includes(id)).length,
  };
}

/** Days of the years from which the demonstration chooses that a datasource holds something of. */
export function usedDaysQuery(datasource: string): string {
  return [
    `SELECT DISTINCT TIME_FORMAT(__time, 'yyyy-MM-dd', 'Asia/Seoul') AS "day" FROM "${datasource}"`,
    `WHERE __time < TIMESTAMP '2010-01-01 00:00:00'`,
  ].join(" ");
}

/** The layers' rows as a table shows them. */
export function layerTable(rows: readonly LayerRow[]): { header: string[]; rows: (string | number)[][] } {
  return {
    header: ["LAYER", "ROWS", "DISTINCT IDS", "DUPLICATES", "LATE EVENTS"],
    rows: rows.map(({ layer, rows: all, distinctIds, late }) => [
      layer,
      all,
      distinctIds,
      all - distinctIds,
      `${late} of ${LATE}`,
    ]),
  };
}

/** What each layer must hold before and after the reindex that the late events wait for. */
export const EXPECTED = {
  settled: { rows: ON_TIME, distinctIds: ON_TIME, late: 0 },
  speed: { rows: ON_TIME + LATE + REPEATED, distinctIds: ON_TIME + LATE, late: LATE },
  reindexed: { rows: ON_TIME + LATE, distinctIds: ON_TIME + LATE, late: LATE },
} as const;

/** Whether a layer holds exactly that. */
export function holds(row: Omit<LayerRow, "layer">, expected: Omit<LayerRow, "layer">): boolean {
  return row.rows === expected.rows && row.distinctIds === expected.distinctIds && row.late === expected.late;
}

function ofDay(day: string): string {
  const startMs = Date.parse(`${day}T00:00:00+09:00`);
  return `__time >= MILLIS_TO_TIMESTAMP(${startMs}) AND __time < MILLIS_TO_TIMESTAMP(${startMs + DAY_MS})`;
}
