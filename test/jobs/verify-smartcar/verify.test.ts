import { describe, expect, test } from "vitest";
import { checkConfig } from "../../../jobs/core/config";
import { formatLogDate } from "../../../jobs/core/driver-log";
import { agrees } from "../../../jobs/core/report";
import { verifySmartcarSchema } from "../../../jobs/verify-smartcar/config";
import { BEGIN, DAY, figures, RULE, reading, row, text, World } from "./model-world";

const member = (second: number) => `B0002-${formatLogDate(BEGIN + second)}`;

test("places that hold what the cars did agree, number for number", async () => {
  const report = await new World().fill().status().verify();
  expect(report.differences).toEqual([]);
  expect(report.checks.filter(({ expected, actual }) => expected !== actual)).toEqual([]);
  expect(figures(report)).toMatchObject({
    "SmartCar-Topic: readings of the driver log": 600,
    "DriverCarInfo: rows, one for each reading": 600,
    "Redis 20260115: readings at which a car was speeding": 49,
    "HDFS: status lines without garbage": 8,
    "HDFS: status files, line for line": 1,
  });
  expect(text(report)).toContain("smartcar: everything agrees");
});

test("cars that have written nothing are nothing to agree about", async () => {
  const report = await new World().verify();
  expect(agrees(report)).toBe(false);
  expect(text(report)).toContain("the cars have not written anything");
});

test("what the cars forget while it is checked is checked once more, without that", async () => {
  const world = new World().fill();
  let forgotten = false;
  world.onLook = (looks) => {
    if (looks < 3 || forgotten) return;
    forgotten = true;
    world.log = world.log.filter(({ date }) => date >= `${DAY}120200`);
  };
  const report = await world.verify();
  expect(report.differences).toEqual([]);
  expect(report.notes).toContain("readings from 2026-01-15 12:02:00 to before 2026-01-15 12:05:00");
  expect(figures(report)["DriverCarInfo: rows, one for each reading"]).toBe(360);
});

describe("HBase", () => {
  test("a missing row is named", async () => {
    const world = new World().fill();
    world.rows.delete(row(reading("A0001", 7)).key);
    const report = await world.verify();
    expect(report.differences).toEqual(["not in DriverCarInfo: 70002151106202-A0001"]);
    expect(agrees(report)).toBe(false);
  });

  test("a row of no reading is named", async () => {
    const world = new World().fill();
    const made = row(reading("Z9999", 7));
    world.rows.set(made.key, made);
    expect((await world.verify()).differences).toEqual(["DriverCarInfo, of no reading: 70002151106202-Z9999"]);
  });

  test.each([
    "date",
    "car_number",
    "speed_pedal",
    "break_pedal",
    "steer_angle",
    "direct_light",
    "speed",
    "area_number",
  ])("another %s is named, and so is its absence", async (column) => {
    const world = new World().fill();
    const made = row(reading("A0001", 7));
    const others = made.cells.filter((cell) => cell.column !== `cf1:${column}`);
    const changed = { column: `cf1:${column}`, value: "x", timestampMs: (BEGIN + 7) * 1000 };
    world.rows.set(made.key, { ...made, cells: [...others, changed] });
    expect((await world.verify()).differences[0]).toMatch(
      new RegExp(`^differs in DriverCarInfo: ${made.key}: ${column} is "x", not "`),
    );
    world.rows.set(made.key, { ...made, cells: others });
    expect((await world.verify()).differences[0]).toContain(`has no ${column}`);
  });

  test("a cell that is not of the event's time is named", async () => {
    const world = new World().fill();
    const made = row(reading("A0001", 7));
    world.rows.set(made.key, { ...made, cells: made.cells.map((cell) => ({ ...cell, timestampMs: 5 })) });
    expect((await world.verify()).differences[0]).toMatch(/date is of 5, not of \d+$/);
  });

  test("a row that is on its way is waited for", async () => {
    const world = new World().fill();
    const made = row(reading("A0001", 7));
    world.rows.delete(made.key);
    world.onLook = (looks) => looks === 30 && world.rows.set(made.key, made);
    expect(agrees(await world.verify({ waitSeconds: 5 }))).toBe(true);
  });
});

describe("Redis", () => {
  test("a speeding reading that is missing, and one that is none", async () => {
    const world = new World().fill();
    world.sets.get(DAY)?.delete(member(130));
    world.sets.get(DAY)?.add(member(119));
    world.sets.get(DAY)?.add(`A0001-${DAY}120035`);
    const report = await world.verify();
    expect(report.differences).toEqual([
      `Redis ${DAY}: ${member(130)} is missing`,
      `Redis ${DAY}: A0001-${DAY}120035 should not be there`,
      `Redis ${DAY}: ${member(119)} should not be there`,
    ]);
  });

  test("members of seconds that are not checked are left alone; what is no member is not", async () => {
    const world = new World().fill();
    world.sets.get(DAY)?.add(`A0001-${DAY}235959`);
    expect(agrees(await world.verify())).toBe(true);
    world.sets.get(DAY)?.add("junk");
    expect((await world.verify()).differences).toEqual([`Redis ${DAY}: junk should not be there`]);
  });

  test("a range is judged with the readings before it", async () => {
    const world = new World().fill();
    const report = await world.verify({ from: `${DAY}120205`, to: "2026-01-15 12:02:10" });
    expect(report.differences).toEqual([]);
    expect(figures(report)["Redis 20260115: readings at which a car was speeding"]).toBe(5);
    expect(figures(report)["DriverCarInfo: rows, one for each reading"]).toBe(10);
  });

  test("a day that never expires is an error", async () => {
    const world = new World().fill();
    world.never.push(DAY);
    expect((await world.verify()).differences).toEqual([`Redis ${DAY}: never expires`]);
  });

  test("a rule that cannot be computed here is said, and misses nobody", async () => {
    const report = await new World().fill().verify({ rule: "select * from Reading" });
    expect(report.differences).toEqual([]);
    expect(report.notes.join()).toContain("a rule that is not computed here");
  });

  test("each reading is judged by the rule of its time", async () => {
    const world = new World().fill();
    const note = (epl: string, since: number) =>
      JSON.stringify({ epl, since: 0, partitions: { 0: (BEGIN + since) * 1000, 1: (BEGIN + since) * 1000 } });
    world.rules.set(String((BEGIN - 100) * 1000), note(RULE, 0));
    world.rules.set(String((BEGIN + 145) * 1000), note(RULE.replace("> 80", "> 100"), 140));
    // From 140 on nobody is above 100; until the topology before was gone it may have judged as well.
    for (let second = 160; second < 169; second += 1) world.sets.get(DAY)?.delete(member(second));
    expect((await world.verify()).differences).toEqual(
      [156, 157, 158, 159].map((second) => `Redis ${DAY}: ${member(second)} should not be there`),
    );
    for (let second = 141; second < 160; second += 1) world.sets.get(DAY)?.delete(member(second));
    expect((await world.verify()).differences).toEqual([]);
    world.sets.get(DAY)?.delete(member(138));
    expect((await world.verify()).differences).toEqual([`Redis ${DAY}: ${member(138)} is missing`]);
  });
});

describe("HDFS", () => {
  test("lines that are missing, again, without the day, or garbage", async () => {
    const world = new World().fill().status().status(1);
    const path = "/pilot-pjt/collect/car-batch-log/wrk_date=20260115/car-batch-log.1.log";
    const lines = (world.files.get(path) ?? "").trimEnd().split("\n");
    world.files.set(path, [...lines, lines[0]].join("\n"));
    const again = await world.verify();
    expect(agrees(again)).toBe(true);
    expect(again.notes.join()).toContain("HDFS has 1 status lines again");

    world.files.set(path, [...lines.slice(1), "garbage", `${formatLogDate(BEGIN + 700)},A0001,1,20260101`].join("\n"));
    expect((await world.verify()).differences).toEqual([
      `car-status-${DAY}121000.log: 10 lines, 2 of them garbage, in HDFS 7, not 8`,
      `${path}: a line that begins with no date: garbage`,
      `${path}: a line without the day it came: ${DAY}121140,A0001,1,20260101`,
    ]);
  });

  test("a file in the making is waited for; a file too young is left out", async () => {
    const world = new World().fill().status();
    const [[path = "", content = ""] = []] = [...world.files];
    world.files.clear();
    const hidden = path.replace("car-batch-log.0.log", "_car-batch-log.0.log.tmp");
    world.files.set(hidden, content);
    expect((await world.verify()).notes).toContain("HDFS: 1 files are still being written");
    let looks = 0;
    world.onLook = () => {
      looks += 1;
      if (looks < 320) return;
      world.files.delete(hidden);
      world.files.set(path, content);
    };
    expect(agrees(await world.verify({ waitSeconds: 5 }))).toBe(true);
    world.files.clear();
    const young = await world.verify({ statusSettleSeconds: 20_000 });
    expect(young.differences).toEqual([]);
    expect(young.notes).toContain("1 status files are too young to be checked");
  });
});

test.each([
  [{ from: "20260230000000" }, /^from: must be yyyyMMddHHmmss or/],
  [{ from: `${DAY}120100`, to: `${DAY}120000` }, /^from: must be before to$/],
  [{ rule: "" }, /^rule: /],
  [{ day: DAY }, /Unrecognized key: "day"/],
  [{ redis: { addresses: ["redis"] } }, /^redis.addresses.0: must be host:port/],
])("config %j is refused in one line", (change, reason) => {
  const check = () => checkConfig(verifySmartcarSchema, new World().config(change), "config.json");
  expect(check).toThrow(expect.objectContaining({ message: expect.stringMatching(/^config\.json: [^\n]*$/) }) as Error);
  try {
    check();
  } catch (error) {
    expect((error as Error).message.replace("config.json: ", "")).toMatch(reason);
  }
});
