import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ExpectedRows } from "../../../jobs/core/expected-rows";
import { parseSeoulTime } from "../../../jobs/core/seoul-time";
import { Enricher } from "../../../jobs/enrich/enrich";
import { LARGEST_EVENT } from "../../../stacks/enriched-events";
import { DEPTS, NAMES } from "../../../stacks/static-tables";
import { seoulTime } from "../../cluster/support/load";
import { inOrder, lateAndNew, type Recorded } from "../../cluster/support/recorded";
import { VECTORS } from "../enrich/vectors";

const BEGIN = Date.UTC(2026, 0, 2, 3, 4, 0);
const COUNT = 6_000;
const END = BEGIN + (COUNT / 50) * 1000 + 20_000;
const first = inOrder(COUNT, BEGIN, 1_000_000_000);
const second = lateAndNew(600, 600, BEGIN, END, 2_000_000_000);
const PARTITIONS = 6;

/** The rows a table of the job holds, each value in the partition in which the test sends it, and each user in one of its own. */
function countedOf(sets: readonly Recorded[]) {
  const enricher = new Enricher({ names: NAMES, depts: DEPTS });
  const run = { windowSeconds: 10, watermarkSeconds: 15, maxAheadSeconds: 300, from: new Map() };
  const rows = new ExpectedRows([run], new Map([[0, Number.POSITIVE_INFINITY]]));
  let dead = 0;
  let offset = 0;
  for (const { values } of sets) {
    values.forEach((value, index) => {
      const made = enricher.enrich(value === null ? null : Buffer.from(value));
      if (typeof made === "string" || made.value.length > 2 * LARGEST_EVENT) {
        dead += 1; // no event, or too large for the topic of what becomes of events
        return;
      }
      const { time, user_name } = JSON.parse(made.value.toString()) as { time: string; user_name: string };
      const timeMs = (parseSeoulTime(time) ?? Number.NaN) * 1000;
      rows.add({
        partition: 0,
        offset: offset++,
        source: index % PARTITIONS,
        timeMs,
        timestamp: timeMs,
        key: user_name,
      });
    });
  }
  return { rows: [...rows.rows.values()], dead };
}

function digestOf({ values }: Recorded): string {
  const hash = createHash("sha256");
  for (const value of values) hash.update(`${value?.length}/`).update(value ?? "");
  return hash.digest("hex");
}

describe("the recorded events", () => {
  test("are as many as asked for, every odd record among them and one that becomes too large, and the same each time", () => {
    expect(first.values).toHaveLength(COUNT);
    expect(digestOf(inOrder(COUNT, BEGIN, 1_000_000_000))).toBe(digestOf(first));
    const reasons = new Set(VECTORS.flatMap(({ output }) => (typeof output === "string" ? [] : [output.dead])));
    expect(countedOf([first]).dead).toBeGreaterThan(reasons.size * 5);
    expect(Math.max(...first.values.map((value) => value?.length ?? 0))).toBeGreaterThan(1_500_000);
  });

  test("in order are late by no reading, and counted as the set says", () => {
    const { rows } = countedOf([first]);
    expect(rows.reduce((sum, { late }) => sum + late, 0)).toBe(0);
    const counts = new Map(rows.map(({ start, key, count }) => [`${seoulTime(start)}/${key}`, count]));
    expect(counts).toEqual(first.counted);
  });

  test("that are late are so for every source, and the new ones are not", () => {
    const { rows } = countedOf([first, second]);
    expect(rows.reduce((sum, { late }) => sum + late, 0)).toBe(second.late);
    expect(second.late).toBe(600);
    const counts = new Map(rows.map(({ start, key, count }) => [`${seoulTime(start)}/${key}`, count]));
    expect(counts).toEqual(new Map([...first.counted, ...second.counted]));
  });
});
