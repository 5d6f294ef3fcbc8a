import { beforeAll, describe, expect, test } from "vitest";
import { batchRows, expectedRow, expectedRows, type Row, rowsOf } from "./support/batch-rows";
import { readTopic, testKafka } from "./support/kafka";
import { eventually, LAMBDA, lab, labOk } from "./support/lab";
import { collected, druidSql, hdfs, lambda, sendRaw } from "./support/lambda";
import { freshDay, freshIds, seoulTime } from "./support/load";
import { bringUp } from "./support/stack-up";

const kafka = testKafka(LAMBDA);
let shown = "";

beforeAll(async () => {
  shown = await bringUp("lambda");
});

/** A day long ago, of which nothing but these tests' own events exist. */
const { previous: PREVIOUS, day: DAY, next: NEXT } = freshDay();

describe("lab up lambda", () => {
  test("ends with rows that have just come through, and a second one changes nothing", async () => {
    expect(shown).toMatch(/newest rows of Druid's events_stages/);
    expect(shown).toMatch(/druid-router/);
    expect((await labOk(["up", "lambda"])).stderr).toMatch(/unchanged|nothing changed|no changes/i);
  });

  test("lab status knows Druid, HDFS and every hop", async () => {
    const { stdout } = await labOk(["status", "--stack", "lambda"]);
    expect(stdout).toMatch(/^events → collect-hdfs → \/lambda\/events +pass/m);
    expect(stdout).toMatch(/^druid events_stages +pass +supervisor RUNNING/m);
    expect(stdout).toMatch(/^hdfs \/lambda\/events +pass .*\b0 under-replicated/m);
  });

  test("HDFS is healthy", async () => {
    expect(await hdfs("fsck", "/")).toMatch(/is HEALTHY/);
  });
});

describe("the speed layer, to the row", () => {
  test("Druid holds what events_stages holds, for two closed minutes", async () => {
    const to = Math.floor(Date.now() / 60_000) * 60_000;
    const from = to - 120_000;
    const wanted: Row[] = [];
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    await readTopic(kafka, "events", ({ value }) => {
      if (!/^\{.*"hello":"ssm-seoul".*\}$/.test(String(value))) return; // the collector's alone
      const made = JSON.parse(String(value)) as { id: number; time: string; hello: string };
      const ms = Date.parse(`${made.time.replace(" ", "T")}+09:00`);
      if (ms >= from && ms < to) wanted.push(expectedRow(made));
    });
    wanted.sort((a, b) => a.id - b.id);
    expect(wanted.length).toBeGreaterThan(100);
    await eventually("Druid has read them", 60, async () => {
      const found = await rowsOf("events_stages", seoulTime(from), seoulTime(to));
      if (found.length < wanted.length) throw new Error(`${found.length} of ${wanted.length}`);
      expect(found).toEqual(wanted);
      return true;
    });
  });
});

describe("the batch layer", () => {
  const id = freshIds();
  const good = Array.from({ length: 3000 }, (_, i) => ({
    id: id + i,
    hello: i % 7 === 0 ? `it's "${i}"; --` : "batch",
    time: `${DAY} ${new Date((i % 86_400) * 28_000).toISOString().slice(11, 19)}`,
  }));
  const text = (one: { id: number; hello: string; time: string }) =>
    JSON.stringify({ hello: one.hello, id: one.id, time: one.time });
  const duplicates = good.slice(0, 500);
  const neighbours = [
    { id: id + 10_000, hello: "before", time: `${PREVIOUS} 23:59:59` },
    { id: id + 10_001, hello: "after", time: `${NEXT} 00:00:00` },
    { id: id + 10_002, hello: "first", time: `${DAY} 00:00:00` },
    { id: id + 10_003, hello: "last", time: `${DAY} 23:59:59` },
  ];
  /** Of no day that anybody could tell: they lie with the day they came on. */
  const timeless = ["{", `{"hello":"x","id":${id + 20_000},"time":"${DAY} 25:00:00"}`];
  const malformed = [
    `{"hello":"x","id":"seven","time":"${DAY} 10:00:00"}`,
    `{"hello":"x","id":1.5,"time":"${DAY} 10:00:00"}`,
    `{"hello":"x","time":"${DAY} 10:00:00"}`,
    `{"hello":"x","id":${id + 20_001},"time":"${DAY} 10:00:00"} trailing`,
  ];
  const late = Array.from({ length: 200 }, (_, i) => ({ id: id + 30_000 + i, hello: "late", time: `${DAY} 12:00:00` }));
  const ofDay = [...good, ...neighbours.slice(2)];
  const later = [{ id: id + 40_000, hello: "later", time: `${DAY} 13:00:00` }];
  const all = [...ofDay, ...late, ...later];
  const sent = good.length + malformed.length + duplicates.length + 2;

  test("collects raw events into the directory of their own day, and readers see only whole files", async () => {
    await sendRaw(kafka, [...good, ...neighbours].map(text));
    await sendRaw(kafka, [...timeless, ...malformed, ...duplicates.map(text)]);
    const lines = await collected(DAY, sent);
    const seen = new Set(lines);
    for (const one of good) expect(seen.has(text(one)), text(one)).toBe(true);
    const others = [await collected(PREVIOUS, 1), await collected(NEXT, 1)];
    expect(others.map((of) => of.map((line) => JSON.parse(line).hello))).toEqual([["before"], ["after"]]);
  });

  test("a reindex gives the rows that are computed here: duplicates once, malformed set aside, neighbours left out", async () => {
    const { stdout } = await labOk(["reindex", DAY, "--stack", "lambda"]);
    expect(stdout).toContain(DAY);
    expect(await batchRows(DAY)).toEqual(expectedRows(ofDay));
    const aside = await hdfs("dfs", "-cat", `/lambda/malformed/dt=${DAY}/*`);
    for (const line of malformed) expect(aside).toContain(JSON.stringify(line).slice(1, -1));
    const row = new RegExp(`^druid events_batch +pass +day ${DAY}: ${ofDay.length} rows`, "m");
    await eventually("lab status knows the reindex", 60, async () =>
      row.test((await lab(["status", "--stack", "lambda"])).stdout),
    );
    expect((await labOk(["verify", "lambda", "--stack", "lambda", "--day", DAY])).stdout).toMatch(/agree/);
  });

  test("late events are missing until the day is reindexed; readers see the old or the new count and nothing between", async () => {
    await sendRaw(kafka, late.map(text));
    await collected(DAY, sent + late.length);
    const before = ofDay.length;
    const after = before + late.length;
    const stale = await lab(["verify", "lambda", "--stack", "lambda", "--day", DAY]);
    expect(stale.code).toBe(1);
    expect(stale.stdout).toContain(`lab reindex ${DAY}`);
    const counts = new Set<number>();
    let running = true;
    const watching = (async () => {
      while (running) {
        const [row] = await druidSql<{ n: number }>(
          `SELECT COUNT(*) AS n FROM events_batch WHERE __time >= TIME_PARSE('${DAY}', 'yyyy-MM-dd', 'Asia/Seoul')
           AND __time < TIME_PARSE('${NEXT}', 'yyyy-MM-dd', 'Asia/Seoul')`,
        );
        counts.add(row?.n ?? 0);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
    await labOk(["reindex", DAY, "--stack", "lambda"]);
    running = false;
    await watching;
    expect([...counts].sort((a, b) => a - b)).toEqual([before, after]);
    expect(await batchRows(DAY)).toEqual(expectedRows([...ofDay, ...late]));
    expect((await labOk(["verify", "lambda", "--stack", "lambda", "--day", DAY])).stdout).toMatch(/agree/);
  });

  test("killed in its middle, a reindex leaves the old rows; run again, it gives the new ones", async () => {
    const before = await batchRows(DAY);
    await sendRaw(kafka, later.map(text));
    await collected(DAY, sent + late.length + later.length);
    const run = lab(["reindex", DAY, "--stack", "lambda"]);
    await eventually("the reindex runs in Druid", 120, async () => {
      const [row] = await druidSql<{ n: number }>(
        "SELECT COUNT(*) AS n FROM sys.tasks WHERE datasource = 'events_batch' AND status = 'RUNNING'",
      );
      return (row?.n ?? 0) > 0;
    });
    await lambda.forceDelete("druid-indexer");
    await lambda.forceDelete("reindex");
    expect((await run).code).not.toBe(0);
    expect(await batchRows(DAY)).toEqual(before);
    await lambda.rolledOut("statefulset", "druid-indexer");
    await labOk(["reindex", DAY, "--stack", "lambda"]);
    expect(await batchRows(DAY)).toEqual(expectedRows(all));
  });

  test("a day without a directory becomes an empty day, and two runs at once make it whole again, one after the other", async () => {
    await hdfs("dfs", "-mv", `/lambda/events/dt=${DAY}`, "/lambda/moved");
    try {
      await labOk(["reindex", DAY, "--stack", "lambda"]);
      expect(await batchRows(DAY)).toEqual([]);
    } finally {
      await hdfs("dfs", "-mv", "/lambda/moved", `/lambda/events/dt=${DAY}`);
    }
    // Two runs of the same day at once: one does the work, the other waits for it, and both end well.
    const reindex = () => labOk(["reindex", DAY, "--stack", "lambda"]);
    const said = await Promise.all([reindex(), reindex()]);
    expect(said.map(({ stdout }) => stdout).join("\n")).toMatch(
      /events_(lines|batch): task \S+ runs already, waiting for it/,
    );
    for (const { stdout } of said) expect(stdout).toMatch(new RegExp(`${DAY}: \\d+ lines = ${all.length} rows`));
    expect(await batchRows(DAY)).toEqual(expectedRows(all));
    const tasks = await druidSql<{ created: string; ms: number }>(
      `SELECT created_time AS "created", duration AS "ms" FROM sys.tasks
       WHERE task_id LIKE 'reindex_events_batch_${DAY}_%' AND type = 'query_controller' AND status = 'SUCCESS' ORDER BY created_time`,
    );
    tasks.slice(1).forEach(({ created }, index) => {
      const { created: before = "", ms = 0 } = tasks[index] ?? {};
      expect(Date.parse(created), "one task of the day at a time").toBeGreaterThanOrEqual(Date.parse(before) + ms);
    });
  });

  test("lab demo late-and-duplicates shows the difference, and that it is gone after the reindex", async () => {
    const { stdout } = await labOk(["demo", "late-and-duplicates", "--stack", "lambda"]);
    expect(stdout).toMatch(/speed: events_stages +29 +25 +4 +5 of 5\nbatch: events_batch +20 +20 +0 +0 of 5/);
    expect(stdout).toMatch(/batch: events_batch +25 +25 +0 +5 of 5\n\npass/);
  });

  test("bad arguments are one line and change nothing", async () => {
    for (const args of [["yesterday"], ["2026-02-30"], [], [DAY, "--to", PREVIOUS]]) {
      const { code, stderr } = await lab(["reindex", ...args, "--stack", "lambda"]);
      expect(code, args.join(" ")).toBe(2);
      expect(stderr).toMatch(/lab reindex/);
    }
    expect((await lab(["reindex", DAY])).code).toBe(2); // stack lab has no lambda pipeline
  });
});
