import { describe, expect, test } from "vitest";
import { agrees } from "../../../jobs/core/report";
import { compare, STAGES, type Stage, type World, worldOf } from "./aggregate-world";

test("rows that are equal agree; a late record is in Spark's row alone, as it has read all at once", async () => {
  const report = await compare(worldOf());
  expect(report.differences).toEqual([]);
  expect(agrees(report)).toBe(true);
  expect(report.checks[0]).toEqual({
    name: "events_users_v1: sum of the 4 rows without late records",
    expected: 4,
    actual: 4,
  });
  expect(report.notes.join()).toContain("1 rows hold late records");
});

describe("a difference", () => {
  const at = "2026-11-21 12:00:10 … 2026-11-21 12:00:20 kim";
  const cases: [string, (world: World) => void, string[]][] = [
    [
      "our count",
      (w) => w.ours.set("10 kim", 2),
      [`events_users_v1 ${at}: count 2, computed 1; late 0, computed 0; notebook_verify has 1`],
    ],
    [
      "our row is missing",
      (w) => w.ours.delete("10 kim"),
      [`events_users_v1 ${at}: count 0, computed 1; late 0, computed 0; notebook_verify has 1`],
    ],
    [
      "Spark's count",
      (w) => w.spark.set("10 kim", 4),
      [`notebook_verify ${at}: count 4 of 1 records; events_users_v1 has 1`],
    ],
    [
      "Spark's row is missing",
      (w) => w.spark.delete("10 kim"),
      [`notebook_verify ${at}: count 0 of 1 records; events_users_v1 has 1`],
    ],
    [
      "both are wrong in the same way",
      (w) => {
        w.ours.set("10 kim", 5);
        w.spark.set("10 kim", 5);
      },
      [
        `events_users_v1 ${at}: count 5, computed 1; late 0, computed 0; notebook_verify has 5`,
        `notebook_verify ${at}: count 5 of 1 records; events_users_v1 has 5`,
      ],
    ],
    [
      "the job has counted a late record",
      (w) => {
        w.ours.set("0 kim", 3);
        w.late.clear();
      },
      [
        "events_users_v1 2026-11-21 12:00:00 … 2026-11-21 12:00:10 kim: count 3, computed 2; late 0, computed 1; notebook_verify has 3",
      ],
    ],
    [
      "Spark has dropped a record",
      (w) => w.spark.set("0 kim", 2),
      ["notebook_verify 2026-11-21 12:00:00 … 2026-11-21 12:00:10 kim: count 2 of 3 records; events_users_v1 has 2"],
    ],
    [
      "a row of nobody's records",
      (w) => w.spark.set("20 park", 1),
      ["notebook_verify 2026-11-21 12:00:20 … 2026-11-21 12:00:30 park: count 1 of 0 records; events_users_v1 has 0"],
    ],
    [
      "a row of ours of nobody's records",
      (w) => w.ours.set("20 park", 1),
      [
        "events_users_v1 2026-11-21 12:00:20 … 2026-11-21 12:00:30 park: count 1, computed 0; late 0, computed 0; notebook_verify has 0",
      ],
    ],
  ];
  test.each(cases)("%s: is found and printed", async (_, change, lines) => {
    const world = worldOf();
    change(world);
    const report = await compare(world);
    expect(report.differences).toEqual(lines);
    expect(agrees(report)).toBe(false);
  });
});

describe("while data flows", () => {
  const more: readonly Stage[] = [...STAGES, [62, "kim"], [63, "lee"]];

  test("rows of which records came after the range was frozen are left out", async () => {
    const world = worldOf();
    world.position = more.length;
    world.ours.set("60 kim", 2).set("60 lee", 1);
    for (const sparks of [1, 2]) {
      world.spark.set("60 kim", sparks); // Spark may have seen the new one or not
      const report = await compare(world, { stages: more, end: STAGES.length });
      expect(report.differences).toEqual([]);
      expect(report.notes.join()).toContain("2 rows are left out");
    }
  });

  /** What Spark has counted of the stages from an offset on, and the job of them and of those before. */
  function worldFrom(
    stages: readonly Stage[],
    ours: Record<string, number>,
    late: Record<string, number>,
    spark: object,
  ) {
    const maps = { ours: new Map(Object.entries(ours)), late: new Map(Object.entries(late)) };
    return { ...maps, spark: new Map(Object.entries(spark)), position: stages.length, rule: {} };
  }
  const sums = (rows: number) => ({
    name: `events_users_v1: sum of the ${rows} rows without late records`,
    expected: rows,
    actual: rows,
  });

  test("windows that began before what Spark has read are left out", async () => {
    const world = worldOf();
    world.spark.delete("0 lee");
    world.spark.set("0 kim", 1);
    const report = await compare(world, { first: 3 });
    expect(report.differences).toEqual([]);
    expect(report.checks[0]).toEqual(sums(3));
    world.spark.set("60 kim", 2);
    expect((await compare(world, { first: 3 })).differences).toHaveLength(1);
  });

  test("an event ahead of its time, just before what Spark has read, moves the watermark there too", async () => {
    const stages: readonly Stage[] = [
      [130, "kim", 10],
      [11, "kim", 11],
      [125, "lee", 12],
      [400, "lee", 400],
    ];
    const world = worldFrom(
      stages,
      { "130 kim": 1, "120 lee": 1, "400 lee": 1 },
      { "10 kim": 1 },
      { "10 kim": 1, "120 lee": 1, "400 lee": 1 },
    );
    const known = await compare(world, { stages, first: 1 });
    expect(known.differences).toEqual([]);
    expect(known.checks[0]).toEqual(sums(2));
    expect(known.notes.join()).toContain("1 rows hold late records");
    // Where retention has removed that event, windows are compared that no such event can have touched.
    const unknown = await compare(world, { stages, first: 1, kept: 1 });
    expect(unknown.differences).toEqual([]);
    expect(unknown.checks[0]).toEqual(sums(1));
    expect(unknown.notes.join()).toContain("windows from 2026-11-21 12:05:12 on are compared");
    world.ours.set("400 lee", 2);
    expect((await compare(world, { stages, first: 1, kept: 1 })).differences).toHaveLength(1);
  });

  test("a late record that what is known of a clock begins with does not set that clock back", async () => {
    const stages: readonly Stage[] = [
      [60, "kim", 60],
      [0, "kim", 60],
      [30, "kim", 61],
      [400, "lee", 400],
    ];
    const world = worldFrom(
      stages,
      { "60 kim": 1, "400 lee": 1 },
      { "0 kim": 1, "30 kim": 1 },
      { "0 kim": 1, "30 kim": 1, "400 lee": 1 },
    );
    for (const kept of [0, 1]) {
      const report = await compare(world, { stages, first: 1, kept });
      expect(report.differences).toEqual([]);
      expect(report.checks[0]).toEqual(sums(1));
    }
  });

  test("the job is waited for, but not for ever", async () => {
    const behind = { ...worldOf(), position: 3 };
    await expect(compare(behind)).rejects.toThrow("events_users_v1 has not counted all of events_stages within 0 s");
  });

  test("a table filled by another rule than the stack's is refused", async () => {
    await expect(compare({ ...worldOf(), rule: { watermark_seconds: 60 } })).rejects.toThrow(
      "events_users_v1 is not filled by the stack's rule (windows of 10 s, a watermark of 15 s)",
    );
  });
});

test("an event far ahead of its record counts for neither", async () => {
  const world = worldOf();
  const ahead: readonly Stage[] = [...STAGES, [4_000, "kim"]];
  world.position = ahead.length;
  expect((await compare(world, { stages: ahead })).differences).toEqual([]);
});

test("a year that no table can hold counts for neither; what was before Seoul's clocks stood still is left out", async () => {
  const world = worldOf();
  const old: readonly Stage[] = [...STAGES, ["0500-01-01 12:00:00", "kim"], ["1988-06-01 12:00:00", "kim"]];
  world.position = old.length;
  const report = await compare(world, { stages: old });
  expect(report.differences).toEqual([]);
  expect(report.notes).toContain("1 rows before 1988-10-10 09:00:00 are left out");
});
