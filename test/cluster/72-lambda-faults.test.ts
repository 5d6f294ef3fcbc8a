import { beforeAll, expect, test } from "vitest";
import { testKafka } from "./support/kafka";
import { eventually, LAMBDA } from "./support/lab";
import { collected, druidSql, lambda, sendRaw } from "./support/lambda";
import { freshDay, freshIds, workedOff } from "./support/load";
import { stackUp } from "./support/stack-up";

const kafka = testKafka(LAMBDA);
const EVENTS = 20_000;
const PIECES = 20;

beforeAll(async () => {
  await stackUp("lambda");
});

/** Sends events of one day in pieces over about `seconds`, so that faults happen in their middle. */
async function load(first: number, day: string, seconds: number): Promise<void> {
  const size = EVENTS / PIECES;
  for (let piece = 0; piece < PIECES; piece++) {
    const values = Array.from({ length: size }, (_, i) => {
      const id = first + piece * size + i;
      return JSON.stringify({ hello: "load", id, time: `${day} ${String(id % 24).padStart(2, "0")}:00:00` });
    });
    await sendRaw(kafka, values);
    await new Promise((resolve) => setTimeout(resolve, (seconds * 1000) / PIECES));
  }
}

async function countOf(day: string, next: string): Promise<{ n: number; ids: number }> {
  const [row] = await druidSql<{ n: number; ids: number }>(
    `SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids FROM events_stages
     WHERE __time >= TIME_PARSE('${day}', 'yyyy-MM-dd', 'Asia/Seoul') AND __time < TIME_PARSE('${next}', 'yyyy-MM-dd', 'Asia/Seoul')`,
  );
  return row ?? { n: 0, ids: 0 };
}

test("Druid's Kafka ingestion killed under load counts each event exactly once", async () => {
  const first = freshIds();
  const { day, next } = freshDay();
  await Promise.all([
    load(first, day, 40),
    (async () => {
      await new Promise((resolve) => setTimeout(resolve, 15_000));
      expect(await lambda.sigkill("druid-indexer")).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 12_000));
      await lambda.forceDelete("druid-indexer");
    })(),
  ]);
  await workedOff(kafka, "enrich", "events", 120);
  await lambda.rolledOut("statefulset", "druid-indexer");
  await eventually("all events are queryable", 240, async () => {
    const found = await countOf(day, next);
    if (found.n < EVENTS) throw new Error(`${found.n} of ${EVENTS}`);
    return true;
  });
  expect(await countOf(day, next)).toEqual({ n: EVENTS, ids: EVENTS });
});

test("the collector, the DataNode and the NameNode deleted during collection lose nothing", async () => {
  const first = freshIds();
  const { next: day } = freshDay();
  await Promise.all([
    load(first, day, 60),
    (async () => {
      for (const workload of ["collect-hdfs", "datanode", "namenode"]) {
        await new Promise((resolve) => setTimeout(resolve, 12_000));
        await lambda.forceDelete(workload);
      }
    })(),
  ]);
  for (const workload of ["collect-hdfs", "datanode", "namenode"]) await lambda.rolledOut("statefulset", workload);
  const ids = (lines: readonly string[]) => new Set(lines.map((line) => (JSON.parse(line) as { id: number }).id)).size;
  expect(ids(await collected(day, EVENTS, 420, ids))).toBe(EVENTS);
});
