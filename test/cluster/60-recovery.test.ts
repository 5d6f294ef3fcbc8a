import { afterAll, beforeAll, expect, test } from "vitest";
import { Kube } from "../../cli/kube";
import { query } from "../../cli/rows";
import { testKafka } from "./support/kafka";
import { lab, labEnv, labOk, metric, NAMESPACE } from "./support/lab";
import { event, freshIds, seoulTime, workedOff } from "./support/load";
import { stackUp } from "./support/stack-up";

const kafka = testKafka();
const LATE = 50;
let kube: Kube;

beforeAll(async () => {
  await stackUp();
  const env = await labEnv();
  kube = new Kube(env.PATH ?? "", env.KUBECONFIG ?? "", NAMESPACE);
});
afterAll(async () => {
  await lab(["cutover", "v1"]);
  await lab(["recover", "--stop"]);
});

async function counted(table: string, from: string, to: string): Promise<number> {
  const [row] = await query(
    kube,
    `SELECT COALESCE(SUM(count), 0) AS n FROM ${table} WHERE start >= '${from}' AND end <= '${to}'`,
  );
  return Number(row?.n);
}

test("late events are missing in v1, counted as late, and found by a recovery; readers go to v2 and back in one step", async () => {
  // Ten minutes late: beyond the 15 s of v1, within the hour of a recovery.
  const at = Math.floor((Date.now() - 600_000) / 10_000) * 10_000;
  const [from, to] = [seoulTime(at), seoulTime(at + 10_000)];
  const before = await counted("events_users_v1", from, to);
  const lateBefore = (await metric("aggregate", "lab_late_records_total", "table")).get("events_users_v1") ?? 0;
  const producer = kafka.producer();
  await producer.connect();
  const id = freshIds();
  const messages = Array.from({ length: LATE }, (_, i) => ({ value: event(id + i, at + 1000), partition: i % 6 }));
  // Every partition has a newer event first, so that its watermark has passed the late ones' window.
  const present = Array.from({ length: 6 }, (_, partition) => ({
    value: event(id + 1000 + partition, Date.now()),
    partition,
  }));
  for (const records of [present, messages]) await producer.send({ topic: "events", acks: -1, messages: records });
  await producer.disconnect();
  await workedOff(kafka, "enrich", "events", 60);
  expect((await labOk(["verify"])).stdout).toMatch(/everything agrees/);
  expect(await counted("events_users_v1", from, to)).toBe(before);
  const late = (await metric("aggregate", "lab_late_records_total", "table")).get("events_users_v1") ?? 0;
  expect(late - lateBefore).toBe(LATE);

  const refused = await lab(["cutover", "v2"]);
  expect(refused.code, "v2 must be refused before a recovery").not.toBe(0);

  await labOk(["recover", "--watermark", "60m"]);
  expect(await counted("events_users_v2", from, to)).toBe(before + LATE);
  expect(await counted("events_users_v1", from, to), "v1 is never written by a recovery").toBe(before);

  expect(await counted("events_users", from, to)).toBe(before);
  await labOk(["cutover", "v2"]);
  expect(await counted("events_users", from, to)).toBe(before + LATE);
  // v2 goes on with what is new while readers are on it.
  const fresh = await query(kube, "SELECT COUNT(*) AS n FROM events_users WHERE end > NOW() - INTERVAL 60 SECOND");
  expect(Number(fresh[0]?.n)).toBeGreaterThan(0);
  expect((await labOk(["verify"])).stdout).toMatch(/everything agrees/);
  await labOk(["cutover", "v1"]);
  expect(await counted("events_users", from, to)).toBe(before);
});
