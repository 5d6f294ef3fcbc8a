import { expect, test } from "vitest";
import { EXPECTED, freeDay, holds, idsQuery, lateEvents, layerRow, layerTable } from "../../cli/late-demo";
import { Enricher } from "../../jobs/enrich/enrich";

const events = lateEvents("2001-01-01");
const all = [...events.onTime, ...events.late, ...events.repeated];
const idOf = (line: string) => (JSON.parse(line) as { id: number }).id;

/** What a layer would hold of these lines. */
function counted(lines: readonly string[]) {
  const times = new Map<number, number>();
  for (const line of lines) times.set(idOf(line), (times.get(idOf(line)) ?? 0) + 1);
  return [...times].map(([id, n]) => ({ id, times: n }));
}

test("the first day nothing is known of is taken", () => {
  expect(freeDay(new Set())).toBe("2001-01-01");
  expect(freeDay(new Set(["2001-01-01", "2001-01-02", "2001-01-04"]))).toBe("2001-01-03");
});

test("what is sent is what the layers are expected to hold", () => {
  const row = (lines: readonly string[]) => layerRow("x", counted(lines), events.lateIds);
  expect(holds(row(events.onTime), EXPECTED.settled)).toBe(true);
  expect(holds(row(all), EXPECTED.speed)).toBe(true);
  expect(holds(row([...events.onTime, ...events.late]), EXPECTED.reindexed)).toBe(true);
  expect(holds(row(events.onTime), EXPECTED.reindexed)).toBe(false);
});

test("all of it is of the day, and enrich takes all of it", () => {
  const enricher = new Enricher({ names: [], depts: [] });
  for (const line of all) {
    expect((JSON.parse(line) as { time: string }).time).toMatch(/^2001-01-01 /);
    expect(typeof enricher.enrich(Buffer.from(line))).toBe("object");
  }
});

test("a day is asked for in Seoul's time", () => {
  expect(idsQuery("events_batch", "2001-01-01")).toContain(
    "__time >= MILLIS_TO_TIMESTAMP(978274800000) AND __time < MILLIS_TO_TIMESTAMP(978361200000)",
  );
});

test("the table says what is missing and what is twice", () => {
  const speed = layerRow("speed", counted(all), events.lateIds);
  const batch = layerRow("batch", counted(events.onTime), events.lateIds);
  expect(layerTable([speed, batch]).rows).toEqual([
    ["speed", 29, 25, 4, "5 of 5"],
    ["batch", 20, 20, 0, "0 of 5"],
  ]);
});
