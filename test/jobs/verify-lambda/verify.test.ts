import { describe, expect, test } from "vitest";
import { agrees, type Report, reportText } from "../../../jobs/core/report";
import { DAY, eventText, row, World } from "./model-world";

const text = (report: Report) => reportText("lambda", report, 50);

test("layers that hold the same agree, number for number", async () => {
  const report = await new World().fill(25).verify();
  expect(report.notes).toEqual([]);
  expect(report.differences).toEqual([]);
  expect(report.checks.map(({ expected, actual }) => [expected, actual])).toEqual([
    [25, 25],
    [25, 25],
    [25, 25],
    [25, 25],
    [0, 0],
    [0, 0],
  ]);
  expect(text(report)).toContain("lambda: everything agrees");
});

test("a day of which nobody holds anything is nothing to agree about", async () => {
  const report = await new World().verify();
  expect(agrees(report)).toBe(false);
  expect(text(report)).toContain("lambda: nothing to check");
});

test("without a day, every day of HDFS or Druid is checked", async () => {
  const world = new World().fill(1);
  world.write("dt=2026-01-17/events.1.json", eventText(5, "10:00:00", "2026-01-17"));
  const days = (await world.verify({ day: undefined })).checks.map(({ name }) => name.slice(0, 10));
  expect([...new Set(days)]).toEqual([DAY, "2026-01-17"]);
});

describe("an event that is not everywhere", () => {
  test("late, in HDFS since the last reindex: named, counted by user, department and hour, and what to do", async () => {
    const world = new World().fill(3);
    world.topic.push(eventText(21, "10:30:00"));
    world.write(`dt=${DAY}/late.json`, eventText(21, "10:30:00"), Date.parse("2026-01-16T01:00:00Z"));
    world.speed.push(row(21, "10:30:00"));
    const report = await world.verify();
    expect(report.differences).toEqual([
      `${DAY}: 1 events are in HDFS, not in events_batch (id 21 10:30:00); files have come since the day was reindexed (2026-01-16 09:00:00): run lab reindex ${DAY}`,
      `${DAY} department 영업: HDFS 2, events 2, events_stages 2, events_batch 1`,
      `${DAY} hour 10: HDFS 1, events 1, events_stages 1, events_batch 0`,
      `${DAY} user 1 이서준: HDFS 2, events 2, events_stages 2, events_batch 1`,
    ]);
    expect(agrees(report)).toBe(false);
  });

  test("of a day that was never reindexed", async () => {
    const world = new World().fill(2);
    world.batch = [];
    world.version = null;
    expect(text(await world.verify())).toContain(`the day was never reindexed: run lab reindex ${DAY}`);
  });

  test("in no file: lost on the way to HDFS, or in one that is still written", async () => {
    const world = new World().fill(2);
    world.topic.push(eventText(7));
    world.speed.push(row(7));
    world.write(`dt=${DAY}/_events.2.json`, "x");
    const { differences } = await world.verify();
    expect(differences[0]).toBe(
      `${DAY}: 1 events are in events, not in HDFS (id 7 12:00:00); 1 files are still being written`,
    );
    expect(differences[1]).toBe(
      `${DAY}: 1 events are in events_stages, not in HDFS (id 7 12:00:00); 1 files are still being written`,
    );
  });

  test("lost in the speed layer", async () => {
    const world = new World().fill(3);
    world.speed.pop();
    expect((await world.verify()).differences[0]).toBe(
      `${DAY}: 1 events are in HDFS, not in events_stages (id 2 12:00:00)`,
    );
  });

  test("in Druid alone", async () => {
    const world = new World().fill(1);
    world.batch.push(row(9));
    expect((await world.verify()).differences[0]).toMatch(
      /1 events are in events_batch, not in HDFS \(id 9 12:00:00\)/,
    );
  });

  test("many: five are named", async () => {
    const world = new World().fill(20);
    world.speed = [];
    expect((await world.verify()).differences[0]).toMatch(/^2026-01-15: 20 events are .*\((id \d+ 12:00:00, ){5}…\)$/);
  });
});

describe("what is in a place twice", () => {
  test("is a note in the speed layer and in HDFS, an error in the batch layer", async () => {
    const world = new World().fill(2);
    world.speed.push(row(0));
    world.write("dt=2026-01-16/copy.json", `${eventText(1)}\n${eventText(1)}`);
    const report = await world.verify();
    expect(agrees(report)).toBe(true);
    expect(report.notes).toEqual([
      `${DAY}: events_stages has 1 duplicates: it holds what was sent, as often as it was sent`,
      `${DAY}: HDFS has 2 duplicates, which the reindex removes`,
    ]);
    world.batch.push(row(0));
    expect(agrees(await world.verify())).toBe(false);
  });
});

describe("columns that an id does not make", () => {
  test.each([
    [1, "Unknown Name"],
    [2, "x"],
    [3, "x"],
    [4, "남성"],
    [5, 0],
  ])("column %i", async (column, wrong) => {
    const world = new World().fill(2);
    const [, second] = world.batch;
    if (second) second[column] = wrong;
    const report = await world.verify();
    expect(report.differences[0]).toMatch(/^events_batch: id 1 has \[.*\], not \[1,"이서준","영업","여성",2\]$/);
    expect(agrees(report)).toBe(false);
  });

  test("an id that is none", async () => {
    const world = new World().fill(1);
    world.speed.push([...row(0).slice(0, 6), null]);
    expect((await world.verify()).differences).toContain(`events_stages: a row of ${DAY} has the id null`);
  });
});

describe("what may differ, and why", () => {
  test("an event too large for the topic of enriched events is a dead letter, and in the batch layer", async () => {
    const world = new World().fill(3);
    world.speed.pop();
    world.deadLetters = [{ source: 2, reason: "too-large" }];
    const report = await world.verify();
    expect(agrees(report)).toBe(true);
    expect(report.notes).toEqual([`${DAY}: 1 events are too large for events_stages, and dead letters`]);
  });

  test("other dead letters hold no event, and change nothing", async () => {
    const world = new World().fill(3);
    world.topic.push("{");
    world.deadLetters = [{ source: 3, reason: "not-json" }];
    expect(agrees(await world.verify())).toBe(true);
    world.speed.pop();
    world.deadLetters = [{ source: 2, reason: "not-json" }];
    expect(agrees(await world.verify())).toBe(false);
  });

  /** An event that all have but the batch layer, by the JSON of its `hello`. */
  const without = (hello: string) => {
    const world = new World().fill(1);
    const line = eventText(5).replace('"h"', hello);
    world.topic.push(line);
    world.write(`dt=${DAY}/odd.json`, line);
    world.speed.push(row(5));
    return world;
  };

  test.each([
    ["too large", `"${"x".repeat(900_000)}"`],
    ["too large in a script of three bytes a character", `"${"한".repeat(300_000)}"`],
    ["with U+FFFD", '"a\ufffdb"'],
    ["nested too deep", `${"[".repeat(220)}${"]".repeat(220)}`],
  ])("an event %s is kept aside by the reindex", async (_, hello) => {
    const report = await without(hello).verify();
    expect(agrees(report), text(report)).toBe(true);
    expect(report.notes).toEqual([
      `${DAY}: 1 events are too large or too deep for events_batch or hold U+FFFD, and kept aside`,
    ]);
  });

  test.each([
    ["of 400 KB", `"${"x".repeat(400_000)}"`],
    ["with an escape of U+FFFD", '"a\\ufffdb"'],
    ["with many brackets in a text", `"${"[".repeat(300)}"`],
    ["with many brackets side by side", `[${Array.from({ length: 300 }, () => "[]").join(",")}]`],
  ])("an event %s must be in the batch layer", async (_, hello) => {
    const report = await without(hello).verify();
    expect(report.differences[0]).toMatch(/1 events are in HDFS, not in events_batch \(id 5 12:00:00\)/);
  });

  test("an event that is kept aside in one line and taken in another must be in the batch layer", async () => {
    const world = without(`"${"x".repeat(900_000)}"`);
    world.write(`dt=${DAY}/again.json`, eventText(5));
    expect(agrees(await world.verify())).toBe(false);
    world.batch.push(row(5));
    expect(agrees(await world.verify())).toBe(true);
  });

  test("what retention has removed of the topic is compared without it", async () => {
    const world = new World().fill(5);
    world.first = 2;
    const report = await world.verify();
    expect(agrees(report)).toBe(true);
    expect(report.notes).toEqual([`${DAY}: retention has removed records of events: what it still has is compared`]);
  });

  test("without retention having removed any, an event of HDFS must be in the topic", async () => {
    const world = new World().fill(5);
    world.topic[4] = null;
    expect((await world.verify()).differences[0]).toBe(`${DAY}: 1 events are in HDFS, not in events (id 4 12:00:00)`);
  });

  test("a day that is not over may lack rows in the batch layer, and has none too many", async () => {
    const world = new World().fill(4);
    world.batch = world.batch.slice(0, 2);
    world.nowMs = Date.parse("2026-01-15T05:00:00Z");
    world.version = "2026-01-15T04:00:00.000Z";
    const report = await world.verify();
    expect(agrees(report)).toBe(true);
    expect(report.notes).toEqual([
      `${DAY}: 2 events are not in events_batch before the day is reindexed, by 2026-01-16 02:00:00`,
    ]);
    world.batch.push(row(99));
    expect(agrees(await world.verify())).toBe(false);
  });

  test("a day that is over may lack rows until the night's reindex should be through, or has come", async () => {
    const world = new World().fill(4);
    world.batch = world.batch.slice(0, 2);
    world.version = null;
    world.nowMs = Date.parse("2026-01-15T16:59:59Z"); // 01:59:59 in Seoul
    expect(agrees(await world.verify())).toBe(true);
    expect(agrees(await world.verify({ reindexHours: 1 }))).toBe(false);
    world.version = "2026-01-15T14:00:00.000Z"; // reindexed by hand, before the day was over
    expect(agrees(await world.verify())).toBe(true);
    world.version = "2026-01-15T15:00:00.000Z";
    expect(agrees(await world.verify())).toBe(false);
    world.version = null;
    world.nowMs = Date.parse("2026-01-15T17:00:00Z");
    expect(agrees(await world.verify())).toBe(false);
  });

  test("days that no reindex can make are named, and keep nobody from checking the others", async () => {
    const odd = ["1970-01-02", "2026-02-30", "9999-12-31"];
    const world = new World().fill(1);
    for (const day of odd) world.write(`dt=${day}/events.1.json`, eventText(5, "10:00:00", day));
    const report = await world.verify({ day: undefined });
    expect(agrees(report)).toBe(true);
    expect(report.notes).toEqual(
      odd.map((day) => `${day}: no day from 1970-01-03 to 9999-12-30, which could be reindexed`),
    );
  });
});

describe("while events come in", () => {
  test("what is not in HDFS yet is waited for, and read once", async () => {
    const world = new World().fill(2);
    world.topic.push(eventText(3));
    world.speed.push(row(3));
    world.batch.push(row(3));
    world.onList = (looks) => looks === 2 && world.write(`dt=${DAY}/events.2.json`, eventText(3));
    const report = await world.verify({ waitSeconds: 5 });
    expect(report.differences).toEqual([]);
    expect(report.notes).toEqual([]);
  });

  test("what came after the check began is left out, wherever it is already", async () => {
    const world = new World().fill(2);
    world.onList = (looks) => {
      if (looks > 0) return;
      world.topic.push(eventText(8), eventText(9));
      world.speed.push(row(8));
      world.write(`dt=${DAY}/events.2.json`, eventText(9));
    };
    const report = await world.verify();
    expect(report.differences).toEqual([]);
    expect(report.notes).toEqual([`${DAY}: 2 events came while this was checked, and are left out`]);
    expect(agrees(report)).toBe(true);
  });
});
