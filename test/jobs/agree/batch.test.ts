import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { compareBatch, newestDay } from "../../../jobs/agree/batch";
import { joined } from "../../../jobs/agree/joined";
import { agrees, type Report, reportText } from "../../../jobs/core/report";
import { startOfDay } from "../../../jobs/core/seoul-day";

const DAY = "2026-01-15";
const ROWS = `/lambda/notebook/events_batch/dt=${DAY}`;
const HOUR_MS = 3_600_000;

/** What lies in HDFS and in Druid, each of which a test may change. */
class World {
  /** Lines of the notebook's files. */
  spark: string[] = [];
  /** Rows of a scan. */
  druid: unknown[][] = [];
  /** When the newest raw file was finished, and when the day was reindexed. */
  rawMs = HOUR_MS;
  version: string | null = new Date(2 * HOUR_MS).toISOString();

  constructor(count: number) {
    for (let id = 0; id < count; id += 1) this.add(BigInt(id), "h");
    this.add(9_223_372_036_854_775_807n, null);
    this.add(-3n, "");
  }

  private add(id: bigint, hello: string | null): void {
    const text = hello === null ? "" : `"hello":${JSON.stringify(hello)},`;
    this.spark.push(
      `{"time":"${DAY} 10:00:00","user_id":${id % 10n},"user_name":"이서준","dept_name":"영업","gender":"여성","age":${(id % 100n) + 1n},${text}"id":${id}}`,
    );
    const ms = startOfDay(DAY) + 10 * HOUR_MS;
    this.druid.push([ms, Number(id % 10n), "이서준", "영업", "여성", Number(id % 100n) + 1, hello, String(id)]);
  }

  async compare(differences = 20): Promise<Report> {
    const server = createServer((request, response) => {
      request.resume().on("end", () => response.end(JSON.stringify([{ segmentId: "one", events: this.druid }])));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const settings = {
      druid: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
      hdfs: { urls: ["http://namenode:9870"], user: "lab" },
      datasource: "events_batch",
      events: "/lambda/events",
      rows: "/lambda/notebook/events_batch",
    };
    try {
      return await compareBatch(settings, DAY, differences, this.stores());
    } finally {
      server.close();
    }
  }

  private stores() {
    const text = this.spark.map((line) => `${line}\n`).join("");
    const file = (path: string, name: string, length: number, modifiedMs: number) => ({
      path: `${path}/${name}`,
      name,
      directory: false,
      length,
      modifiedMs,
    });
    return {
      druid: { sql: async <T>() => [{ version: this.version }] as T[] },
      hdfs: {
        list: async (path: string) => {
          if (path === ROWS)
            return [file(path, "_SUCCESS", 0, 1), file(path, "part-0.json", Buffer.byteLength(text), 1)];
          return path === `/lambda/events/dt=${DAY}` ? [file(path, "events.1.json", 1, this.rawMs)] : undefined;
        },
        async *read(path: string) {
          const bytes = Buffer.from(path === `${ROWS}/part-0.json` ? text : "");
          for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
        },
      },
      say: () => {},
    };
  }
}

test("the same rows agree, whatever their order", async () => {
  const world = new World(3_000);
  world.druid.reverse();
  const report = await world.compare();
  expect(report).toEqual({
    checks: [
      { name: `${DAY} events_batch: rows of notebook 4`, expected: 3_002, actual: 3_002 },
      { name: `${DAY} events_batch: rows that both have`, expected: 3_002, actual: 3_002 },
    ],
    differences: [],
    notes: [],
  });
  expect(agrees(report)).toBe(true);
});

describe("a difference", () => {
  const cases: [string, (world: World) => void, string[]][] = [
    [
      "a row that Druid has not",
      (w) => void w.druid.shift(),
      ['1 times in notebook 4, 0 in events_batch: ["2026-01-15 10:00:00",0,'],
    ],
    [
      "a row that Spark has not",
      (w) => void w.spark.shift(),
      ['0 times in notebook 4, 1 in events_batch: ["2026-01-15 10:00:00",0,'],
    ],
    [
      "a row that is twice in Druid",
      (w) => void w.druid.push(w.druid[1] ?? []),
      ["1 times in notebook 4, 2 in events_batch"],
    ],
    [
      "a row that is twice in Spark",
      (w) => void w.spark.push(w.spark[1] ?? ""),
      ["2 times in notebook 4, 1 in events_batch"],
    ],
    [
      "another column",
      (w) => void w.druid[0]?.splice(2, 1, "김"),
      ["1 times in notebook 4, 0 in events_batch", "0 times in notebook 4, 1 in events_batch"],
    ],
    [
      "null in place of an empty text",
      (w) => void w.druid.at(-1)?.splice(6, 1, null),
      ["1 times in notebook 4, 0 in events_batch", "0 times in notebook 4, 1 in events_batch"],
    ],
    [
      "the last digit of an id beyond 2^53",
      (w) => void w.druid.at(-2)?.splice(7, 1, "9223372036854775806"),
      ["1 times in notebook 4, 0 in events_batch", "0 times in notebook 4, 1 in events_batch"],
    ],
    [
      "another second, or a part of one",
      (w) => void w.druid[0]?.splice(0, 1, startOfDay(DAY) + 10 * HOUR_MS + 1),
      ["1 times in notebook 4, 0 in events_batch", "0 times in notebook 4, 1 in events_batch"],
    ],
    [
      "a column too many",
      (w) => void w.spark.splice(0, 1, (w.spark[0] ?? "").replace("{", '{"more":1,')),
      ["1 times in notebook 4, 0 in events_batch", "0 times in notebook 4, 1 in events_batch"],
    ],
    ["a line that is no row", (w) => void w.spark.push("{"), ["1 times in notebook 4, 0 in events_batch: "]],
  ];

  test.each(cases)("%s: is found and printed", async (_, change, lines) => {
    const world = new World(5);
    expect(agrees(await world.compare())).toBe(true);
    change(world);
    const report = await world.compare();
    expect(agrees(report)).toBe(false);
    expect(
      report.differences.map((line, at) => line.includes(lines[at] ?? "?")),
      report.differences.join("\n"),
    ).toEqual(lines.map(() => true));
  });

  test("of many rows is printed as far as asked for", async () => {
    const world = new World(50);
    world.druid = [];
    const report = await world.compare(3);
    expect(report.differences).toHaveLength(3);
    expect(report.checks[1]).toMatchObject({ expected: 52, actual: 0 });
  });
});

test("a note says why the two may have read different files", async () => {
  const world = new World(1);
  world.rawMs = 3 * HOUR_MS;
  expect((await world.compare()).notes).toEqual([
    `${DAY}: files have come since the day was reindexed: lab reindex ${DAY}`,
  ]);
  world.version = null;
  expect((await world.compare()).notes).toEqual([`${DAY}: the day was never reindexed: lab reindex ${DAY}`]);
});

test("the newest day that has ended is chosen, not today", async () => {
  const druid = (days: string[]) => ({
    sql: async <T>(query: string) =>
      (query.includes("INFORMATION_SCHEMA") ? [{ n: 1 }] : days.map((day) => ({ day }))) as T[],
  });
  const settings = {
    druid: { url: "http://druid" },
    hdfs: { urls: ["http://namenode:9870"], user: "lab" },
    datasource: "events_batch",
    events: "/e",
    rows: "/r",
  };
  const now = startOfDay("2026-01-17") + HOUR_MS;
  expect(await newestDay(settings, druid(["2026-01-15", "2026-01-16", "2026-01-17"]), now)).toBe("2026-01-16");
  expect(await newestDay(settings, druid(["2026-01-17"]), now)).toBe(undefined);
});

test("a part without anything to compare spoils the whole: equal zeros prove nothing", async () => {
  const good = await new World(5).compare();
  const nothing: Report = { checks: [{ name: "records", expected: 0, actual: 0 }], differences: [], notes: [] };
  expect(agrees(joined(new Map([["batch", good]])))).toBe(true);
  const both = joined(
    new Map([
      ["batch", good],
      ["enrich", nothing],
    ]),
  );
  expect(agrees(both)).toBe(false);
  expect(reportText("against Spark", both, 20)).toContain("differs: enrich: there is nothing to compare");
});
