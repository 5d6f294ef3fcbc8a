import { describe, expect, test } from "vitest";
import { agrees, reportText } from "../../../jobs/core/report";
import { VECTORS } from "../enrich/vectors";
import { RECORDED } from "./recorded";
import { TOPICS, World } from "./world";

const GOOD = (id: number) => `{"hello":"a","id":${id},"time":"2026-11-21 12:00:00"}`;
/** Offsets of what follows. */
const [FIRST, SECOND, NO_JSON, NO_ID] = [0, 1, 2, 3];
const world = () => new World([GOOD(1), GOOD(2), "{", '{"hello":"a","time":"2026-11-21 12:00:00"}']);

test("every odd record agrees, byte for byte or by decision, and the report says how many by which", async () => {
  const report = await new World([...VECTORS.map(({ input }) => input), ...RECORDED.map(([input]) => input)]).compare();
  expect(report.differences).toEqual([]);
  expect(agrees(report)).toBe(true);
  expect(report.checks[0]?.actual).toBe(VECTORS.length + RECORDED.length);
  for (const reason of ["tombstone", "not-json", "id-out-of-range", "time-unparsable"]) {
    expect(report.notes.join()).toMatch(new RegExp(`${reason} \\d+`));
  }
});

test("nothing to compare is no agreement", async () => {
  const report = await new World([]).compare();
  expect(agrees(report)).toBe(false);
});

describe("a difference", () => {
  const cases: [string, (world: World) => void, RegExp][] = [
    [
      "one byte of Spark's value",
      (w) => {
        w.sparks(FIRST).value = Buffer.from(String(w.sparks(FIRST).value).replace('"a"', '"b"'));
      },
      /events 0\/0: key or value are not equal\. enrich: key "1" value ".*\\"a\\".*; Spark: key "1" value ".*\\"b\\"/,
    ],
    [
      "one byte of ours",
      (w) => {
        w.ours(SECOND).value = Buffer.from(`${w.ours(SECOND).value} `);
      },
      /events 0\/1: key or value are not equal/,
    ],
    [
      "the key",
      (w) => {
        w.sparks(FIRST).key = Buffer.from("2");
      },
      /events 0\/0: key or value are not equal/,
    ],
    [
      "a null key in place of an empty one",
      (w) => {
        w.sparks(FIRST).key = null;
        w.ours(FIRST).key = Buffer.alloc(0);
      },
      /events 0\/0: key or value are not equal/,
    ],
    [
      "columns in another order",
      (w) => {
        const { time, ...others } = JSON.parse(String(w.sparks(FIRST).value));
        w.sparks(FIRST).value = Buffer.from(JSON.stringify({ ...others, time }));
      },
      /events 0\/0: key or value are not equal/,
    ],
    ["a record that Spark has not", (w) => void w.spark.splice(FIRST, 1), /events 0\/0: Spark has written nothing/],
    [
      "a dead letter of which Spark has nothing",
      (w) => void w.spark.splice(NO_JSON, 1),
      /events 0\/2: Spark has written nothing\. enrich: dead letter not-json of .*; Spark: nothing; documented: key null/,
    ],
    [
      "a record that enrich has lost",
      (w) => void w.output.shift(),
      /events 0\/0: neither in events_stages nor a dead letter\. enrich: nothing/,
    ],
    [
      "a dead letter that enrich has lost",
      (w) => void w.deadLetter.shift(),
      /events 0\/2: neither in events_stages nor a dead letter/,
    ],
    [
      "a record that enrich has twice",
      (w) => void w.output.push(w.ours(FIRST)),
      /events 0\/0: 2 times in events_stages/,
    ],
    [
      "a dead letter that is there twice",
      (w) => void w.deadLetter.push(w.letter(NO_JSON)),
      /events 0\/2: more than once in events\.dead-letter/,
    ],
    [
      "a record that is a dead letter too",
      (w) => {
        const headers = { ...w.letter(NO_JSON).headers, "source.offset": "0" };
        w.deadLetter.push({ ...w.letter(NO_JSON), headers });
      },
      /events 0\/0: in events_stages and a dead letter/,
    ],
    [
      "a good record set aside",
      (w) => {
        w.output.shift();
        const headers = { ...w.letter(NO_JSON).headers, "source.offset": "0" };
        w.deadLetter.push({ key: null, value: w.input[FIRST] ?? null, headers });
      },
      /events 0\/0: a dead letter for the reason not-json, which it does not give/,
    ],
    [
      "another reason",
      (w) => {
        w.letter(NO_ID).headers.reason = "time-missing";
      },
      /events 0\/3: a dead letter for the reason time-missing, which it does not give/,
    ],
    [
      "a reason that is in no list",
      (w) => {
        w.letter(NO_ID).headers.reason = "because";
      },
      /events 0\/3: a dead letter for the reason because/,
    ],
    [
      "another row of a dead letter",
      (w) => {
        w.sparks(NO_ID).value = w.sparks(NO_JSON).value;
      },
      /events 0\/3: a dead letter \(id-missing\) of which Spark has not the row that docs\/kappa-records\.md says/,
    ],
    [
      "a dead letter's row with a key",
      (w) => {
        w.sparks(NO_JSON).key = Buffer.from("3");
      },
      /events 0\/2: a dead letter \(not-json\) of which Spark has not the row/,
    ],
    [
      "two records of Spark's that are not the same",
      (w) => void w.spark.push({ ...w.sparks(FIRST), value: Buffer.from("{}") }),
      /events 0\/0: Spark has written records that are not the same/,
    ],
  ];

  test.each(cases)("%s is found, and printed", async (_, change, line) => {
    const changed = world();
    expect(agrees(await changed.compare()), "before the change").toBe(true);
    change(changed);
    const report = await changed.compare();
    expect(agrees(report)).toBe(false);
    expect(report.differences).toHaveLength(1);
    expect(report.differences[0]).toMatch(line);
    expect(report.checks[0]).toMatchObject({ expected: 4, actual: 3 });
    expect(reportText("against Spark", report, 20)).toContain("there are differences");
  });

  test("of many records is printed as far as asked for, and counted", async () => {
    const changed = new World(Array.from({ length: 50 }, (_, id) => GOOD(id)));
    for (const one of changed.spark) one.key = Buffer.from("x");
    const report = await changed.compare({ differences: 3 });
    expect(report.differences).toHaveLength(4);
    expect(report.differences.at(-1)).toBe("events: 47 further records");
    expect(report.checks[0]).toMatchObject({ expected: 50, actual: 0 });
  });

  test("that a record of Spark's does not say what it was made of is one", async () => {
    const changed = world();
    changed.spark.push({ key: null, value: null, headers: { run: "verify-test" } });
    const report = await changed.compare();
    expect(agrees(report)).toBe(false);
    expect(report.checks[1]).toMatchObject({ actual: 1 });
  });
});

describe("no difference", () => {
  test("a record that Spark wrote twice, the same: its sink is at least once, and a note says so", async () => {
    const changed = world();
    changed.spark.push(changed.sparks(FIRST), changed.sparks(NO_JSON));
    const report = await changed.compare();
    expect(agrees(report)).toBe(true);
    expect(report.notes.join()).toContain("Spark wrote 2 records more than once");
  });

  test("what another run of the notebook wrote", async () => {
    const changed = world();
    changed.spark.push({
      ...changed.sparks(FIRST),
      value: Buffer.from("{}"),
      headers: { ...changed.sparks(FIRST).headers, run: "older" },
    });
    expect(agrees(await changed.compare())).toBe(true);
  });

  test("what comes after the frozen range, on either side", async () => {
    const changed = world();
    changed.output.splice(1, 1);
    changed.sparks(NO_ID).value = Buffer.from("{}");
    const report = await changed.compare({ end: 1 });
    expect(agrees(report)).toBe(true);
    expect(report.checks[0]).toMatchObject({ expected: 1, actual: 1 });
  });

  test("dead letters of another topic", async () => {
    const changed = world();
    const headers = { ...changed.letter(NO_JSON).headers, "source.topic": TOPICS.output, "source.offset": "0" };
    changed.deadLetter.push({ ...changed.letter(NO_JSON), headers });
    expect(agrees(await changed.compare())).toBe(true);
  });
});

test("enrich is waited for, but not for ever", async () => {
  const behind = world();
  behind.committed = 2;
  await expect(behind.compare()).rejects.toThrow("enrich has not worked off events within 0 s");
});

test("what retention has removed meanwhile is left out, and a note says so", async () => {
  const trimmed = world();
  trimmed.first = 2;
  const report = await trimmed.compare();
  expect(agrees(report)).toBe(true);
  expect(report.checks[0]).toMatchObject({ expected: 2, actual: 2 });
  expect(report.notes.join()).toContain("retention has removed 2 offsets");
});

test("what retention has removed of Spark's records is no difference: nothing is compared", async () => {
  const trimmed = world();
  trimmed.sparkFirst = 1;
  await expect(trimmed.compare()).rejects.toThrow("retention has removed what Spark has just written (partitions 0)");
});
