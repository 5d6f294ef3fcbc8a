import { describe, expect, test } from "vitest";
import { formatDriverLine, padDriverLine } from "../../../jobs/core/driver-log";
import { agrees } from "../../../jobs/core/report";
import { BEGIN, DAY, figures, reading, World } from "./model-world";

describe("the topic", () => {
  test("padding is no difference, a repeat is a note, another value is an error", async () => {
    const world = new World().fill();
    const [first] = world.topic;
    if (first) first.value = padDriverLine(first.value, 4096);
    world.topic.push({ partition: 0, value: formatDriverLine(reading("A0001", 7)) });
    const report = await world.verify();
    expect(agrees(report)).toBe(true);
    expect(report.notes).toContain("SmartCar-Topic has 1 readings again, which nobody counts twice");
    world.topic.push({ partition: 0, value: formatDriverLine(reading("A0001", 7, 51)) });
    expect((await world.verify()).differences).toContain(
      "SmartCar-Topic: A0001 has two different readings of one second",
    );
  });

  test("a reading that is not there, or that nobody wrote", async () => {
    const world = new World().fill();
    world.topic.shift();
    expect((await world.verify()).differences).toEqual([`not in SmartCar-Topic: A0001-${DAY}120000`]);
    world.topic.push({ partition: 0, value: formatDriverLine(reading("Z9999", 3)) });
    expect(figures(await world.verify())["SmartCar-Topic: readings that are not in the driver log"]).toBe(1);
  });

  test("what retention has removed is not asked of it", async () => {
    const world = new World().fill();
    world.firsts = [10, 10];
    const report = await world.verify();
    expect(report.differences).toEqual([]);
    expect(report.notes).toContain("retention has removed records of SmartCar-Topic: 20 readings are not asked of it");
  });

  test("what is missing behind that is asked of it, and waited for", async () => {
    const world = new World().fill();
    world.firsts = [100, 0];
    const lost = [200, 298].map((second) => formatDriverLine(reading("A0001", second)));
    const others = world.topic.filter(({ value }) => !lost.includes(value));
    const all = world.topic;
    world.topic = others;
    const report = await world.verify();
    expect(report.differences).toEqual([
      `not in SmartCar-Topic: A0001-${DAY}120320`,
      `not in SmartCar-Topic: A0001-${DAY}120458`,
    ]);
    expect(report.notes.join()).toContain("100 readings are not asked of it");
    let looks = 0;
    world.onLook = () => {
      looks += 1;
      if (looks === 2) world.topic = [...others, ...all.filter(({ value }) => lost.includes(value))];
    };
    expect((await world.verify({ waitSeconds: 5 })).differences).toEqual([]);
  });

  test("what retention has removed of one partition does not excuse another, nor a car that is not there at all", async () => {
    const world = new World().fill();
    world.firsts = [0, 100];
    world.topic = world.topic.filter(({ value }) => value !== formatDriverLine(reading("A0001", 7)));
    for (const second of [20, 250]) world.drive(reading("C0003", second), 0);
    world.log.sort((a, b) => (a.date < b.date ? -1 : 1));
    world.topic = world.topic.filter(({ value }) => !value.includes("C0003"));
    const report = await world.verify();
    expect(report.differences).toEqual([
      `not in SmartCar-Topic: A0001-${DAY}120007`,
      `not in SmartCar-Topic: C0003-${DAY}120410`,
    ]);
    expect(report.notes.join()).toContain("101 readings are not asked of it");
  });

  test("a partition of which nothing is left excuses nothing", async () => {
    const world = new World().fill(20);
    world.firsts = [20, 0];
    world.sets.clear();
    expect((await world.verify()).differences).toHaveLength(20);
  });

  test("a reading more than ten minutes ahead of its record must be a dead letter, and is none of the topic's", async () => {
    const world = new World().fill();
    const ahead = (seconds: number) => {
      const timestampMs = (BEGIN + 50 - seconds) * 1000;
      const value = formatDriverLine(reading("A0001", 50));
      world.topic = world.topic.map((one) => (one.value === value ? { ...one, timestampMs } : one));
    };
    ahead(600);
    expect(agrees(await world.verify())).toBe(true);
    ahead(601);
    expect((await world.verify()).differences).toEqual([
      `not in SmartCar-Topic: A0001-${DAY}120050`,
      "SmartCar-Topic 0/50: holds no reading that counts, and is not in SmartCar-Topic.dead-letter",
    ]);
    world.dead.push({ partition: 0, offset: 50 });
    expect((await world.verify()).differences).toEqual([`not in SmartCar-Topic: A0001-${DAY}120050`]);
  });

  test("a car in two partitions has no order", async () => {
    const world = new World().fill();
    world.topic.push({ partition: 1, value: formatDriverLine(reading("A0001", 7)) });
    expect((await world.verify()).differences).toEqual(["SmartCar-Topic: A0001 is in partitions 0 and 1"]);
  });

  test("what is no reading must be a dead letter", async () => {
    const world = new World().fill();
    world.topic.push({ partition: 1, value: "junk" });
    expect((await world.verify()).differences).toEqual([
      "SmartCar-Topic 1/300: holds no reading that counts, and is not in SmartCar-Topic.dead-letter",
    ]);
    world.dead.push({ partition: 1, offset: 300 });
    expect(agrees(await world.verify())).toBe(true);
  });
});
