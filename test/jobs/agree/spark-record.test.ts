import { describe, expect, test } from "vitest";
import { mayBeSetAside, sparkRecord } from "../../../jobs/agree/spark-record";
import { Enricher } from "../../../jobs/enrich/enrich";
import { VECTORS } from "../enrich/vectors";
import { RECORDED } from "./recorded";
import { DEPTS, NAMES, TABLES } from "./world";

const LARGEST = 4_194_304;
const enricher = new Enricher({ names: NAMES, depts: DEPTS });
const bytes = (input: string | Buffer | null) => (input === null ? null : Buffer.from(input));

test.each(RECORDED)("%j: what is expected of Spark is what it has written", (input, key, value) => {
  const made = sparkRecord(bytes(input), TABLES);
  expect([made.key?.toString() ?? null, made.value.toString()]).toEqual([key, value]);
});

test.each(RECORDED)("%j: enrich's row is Spark's, or it is set aside for a reason that holds", (input, key, value) => {
  const ours = enricher.enrich(bytes(input));
  if (typeof ours === "string") {
    expect(mayBeSetAside(ours, bytes(input), sparkRecord(bytes(input), TABLES), LARGEST), ours).toBe(true);
  } else {
    expect([String(ours.userId), ours.value.toString()]).toEqual([key, value]);
  }
});

describe("a reason for setting a record aside", () => {
  const reasons = [...new Set(VECTORS.flatMap(({ output }) => (typeof output === "string" ? [] : [output.dead])))];

  test.each([...reasons, "too-large", "", "whatever"])("%s does not hold for a good event", (reason) => {
    const good = Buffer.from('{"hello":"a","id":3,"time":"2026-11-21 12:00:00"}');
    expect(mayBeSetAside(reason, good, sparkRecord(good, TABLES), LARGEST)).toBe(false);
  });

  test.each(VECTORS.map((vector) => [vector.name, vector] as const))("of %s is the one there is", (_, vector) => {
    const input = bytes(vector.input);
    const spark = sparkRecord(input, TABLES);
    const holding = reasons.filter((reason) => mayBeSetAside(reason, input, spark, LARGEST));
    expect(holding).toEqual(typeof vector.output === "string" ? [] : [vector.output.dead]);
  });

  test.each([
    ["tombstone", ""],
    ["empty", null],
    ["not-json", "[]"],
    ["invalid-utf-8", "서울"],
    ["not-an-object", "{}"],
    ["id-missing", '{"id":99999999999999999999}'],
    ["id-missing", '{"id":null,"id":"3"}'],
    ["id-not-an-integer", '{"id":9223372036854775808}'],
    ["id-not-an-integer", '{"id":"3","id":null}'],
    ["id-out-of-range", '{"id":9223372036854775807.5}'],
    ["id-out-of-range", '{"id":"99999999999999999999"}'],
    ["id-out-of-range", '{"id":1e30}'],
    ["time-missing", '{"time":"2026-11-21"}'],
    ["time-missing", '{"id":3,"time":""}'],
    ["time-unparsable", '{"id":3,"time":"2026-11-21 12:00:00"}'],
    ["time-unparsable", '{"id":3.5,"time":"yesterday"}'],
    ["time-unparsable", '{"id":3}'],
    ["too-large", '{"id":3,"time":"yesterday"}'],
  ])("%s is not that of %s", (reason, input) => {
    expect(mayBeSetAside(reason, bytes(input), sparkRecord(bytes(input), TABLES), LARGEST)).toBe(false);
  });

  test("too-large holds for what the topic does not take, and for nothing smaller", () => {
    const large = Buffer.from(`{"hello":"${"x".repeat(5_000)}","id":3,"time":"2026-11-21 12:00:00"}`);
    const spark = sparkRecord(large, TABLES);
    expect(mayBeSetAside("too-large", large, spark, 5_000)).toBe(true);
    expect(mayBeSetAside("too-large", large, spark, 50_000)).toBe(false);
    const spaces = Buffer.from(`{"hello":"a","id":3,"time":"2026-11-21 12:00:00"}${" ".repeat(5_000)}`);
    expect(mayBeSetAside("too-large", spaces, sparkRecord(spaces, TABLES), 5_000)).toBe(true);
    expect(mayBeSetAside("too-large", spaces, sparkRecord(spaces, TABLES), 6_000)).toBe(false);
  });
});
