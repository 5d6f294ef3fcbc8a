import { afterAll, beforeAll, expect, test } from "vitest";
import { runJob } from "../../cli/job";
import { Kube } from "../../cli/kube";
import { runNotebook } from "../../cli/run-notebook";
import { testKafka } from "./support/kafka";
import { LAMBDA, lab, labEnv, labOk } from "./support/lab";
import { collected, druidSql, hdfs, sendRaw } from "./support/lambda";
import { freshDay, freshIds } from "./support/load";
import { stackUp } from "./support/stack-up";

const kafka = testKafka(LAMBDA);
const MINUTES = 60_000;
/** A day long ago, of which nothing but this test's own events exist. */
const { previous: PREVIOUS, day: DAY, next: NEXT } = freshDay();

// The last of the stack: the smart car has the machine to itself then.
afterAll(async () => {
  await labOk(["destroy", "lambda"]);
});

const id = freshIds();
const event = (offset: number, time: string, hello = '"batch"') =>
  `{"hello":${hello},"id":${id + offset},"time":"${time}"}`;
const events = Array.from({ length: 5_000 }, (_, i) =>
  event(
    i,
    `${DAY} ${new Date((i % 86_400) * 17_000).toISOString().slice(11, 19)}`,
    JSON.stringify(`it's "${i}"; \\ 서울`),
  ),
);
/** What may be read in more than one way. */
const odd = [
  event(10_000, `${DAY} 00:00:00`, "null"),
  event(10_001, `${DAY} 23:59:59`, "12"),
  event(10_002, `${DAY} 10:00:00`, '{"a" : [1, "b"]}'),
  event(10_003, `${DAY} 10:00:00`, '""'),
  `{"id":${id + 10_004},"time":"${DAY} 10:00:00"}`,
  `{ "time" : "${DAY} 10:00:00" , "id" : -${id + 10_005} }`,
  `{"hello":"a","id":9223372036854775807,"time":"${DAY} 10:00:00"}`,
  `{"hello":"\\u0041\\n","id":${id + 10_006},"time":"${DAY} 10:00:00"}`,
  // Of several with the same id and time, which one stays must not depend on who reads them.
  event(10_007, `${DAY} 11:00:00`, '"b"'),
  event(10_007, `${DAY} 11:00:00`, '"a"'),
  event(10_007, `${DAY} 11:00:01`, '"a"'),
];
const neighbours = [event(20_000, `${PREVIOUS} 23:59:59`), event(20_001, `${NEXT} 00:00:00`)];
const malformed = [
  "{",
  `{"hello":"x","id":"seven","time":"${DAY} 10:00:00"}`,
  `{"hello":"x","id":1.5,"time":"${DAY} 10:00:00"}`,
  `{"hello":"x","time":"${DAY} 10:00:00"}`,
  `{"hello":"x","id":${id + 30_000},"time":"${DAY} 10:00:00"} trailing`,
  `{'hello':'x','id':${id + 30_001},'time':'${DAY} 10:00:00'}`,
];
const late = Array.from({ length: 100 }, (_, i) => event(40_000 + i, `${DAY} 12:00:00`));
/** Distinct by id and time: one of the odd ones is there twice. */
const ROWS = events.length + odd.length - 1;

/** Events that are in HDFS with a day's directory, whatever else is there. */
const ofDay = (lines: readonly string[]) => lines.filter((line) => line.includes(`"${DAY} `)).length;

const sent = [...events, ...odd, ...malformed, ...events.slice(0, 500)];
const rowsWritten = async () =>
  (await hdfs("dfs", "-cat", `/lambda/notebook/events_batch/dt=${DAY}/part-*`)).trim().split("\n").length;
let kube: Kube;

beforeAll(async () => {
  await stackUp("lambda", "notebook");
  await sendRaw(kafka, [...sent, ...neighbours]);
  await collected(DAY, ofDay(sent), 300, ofDay);
  await labOk(["reindex", DAY, "--stack", "lambda"]);
  const env = await labEnv();
  kube = new Kube(env.PATH ?? "", env.KUBECONFIG ?? "", LAMBDA);
});

test(
  "notebook 4 and the reindex make the same rows of a day: duplicates, odd and malformed lines, and neighbours",
  async () => {
    const { code, stdout, stderr } = await lab(
      "verify lambda --against spark --stack lambda --day".split(" ").concat(DAY),
    );
    expect(stdout, stderr).toMatch(new RegExp(`${DAY} events_batch: rows of notebook 4 +${ROWS} +${ROWS} +ok`));
    expect(stdout).toMatch(new RegExp(`${DAY} events_batch: rows that both have +${ROWS} +${ROWS} +ok`));
    expect(stdout).toMatch(/everything agrees/);
    expect(code).toBe(0);
    const [row] = await druidSql<{ n: number }>(
      `SELECT COUNT(*) AS n FROM events_batch WHERE __time >= TIME_PARSE('${DAY}', 'yyyy-MM-dd', 'Asia/Seoul')
       AND __time < TIME_PARSE('${NEXT}', 'yyyy-MM-dd', 'Asia/Seoul')`,
    );
    expect(row?.n).toBe(ROWS);
    expect(await rowsWritten()).toBe(ROWS);
    const aside = await hdfs("dfs", "-cat", `/lambda/notebook/events_batch/malformed/dt=${DAY}/part-*`);
    for (const line of malformed.filter((one) => ofDay([one]) > 0))
      expect(aside).toContain(JSON.stringify(line).slice(1, -1));
  },
  15 * MINUTES,
);

test(
  "run again when late events have come, notebook 4 replaces the day as a whole; that the reindex has not seen them is said",
  async () => {
    await sendRaw(kafka, late);
    await collected(DAY, ofDay([...sent, ...late]), 300, ofDay);
    const result = await runNotebook(kube, "4.pyspark-batch-reindex", { day: DAY });
    expect(result).toMatchObject({ day: DAY, rows: ROWS + late.length });
    expect(await rowsWritten()).toBe(ROWS + late.length);
    const plan = { run: "verify-late", input: [], stages: [], spark: [], day: DAY };
    const lines: string[] = [];
    const code = await runJob(kube, "agree", { parts: ["batch"], plan }, (line) => lines.push(line));
    expect(code, lines.join("\n")).toBe(1);
    expect(lines.join("\n")).toContain(`files have come since the day was reindexed: lab reindex ${DAY}`);
    expect(lines.join("\n")).toMatch(
      /differs: .* 1 times in notebook 4, 0 in events_batch: \["\d{4}-\d\d-\d\d 12:00:00",/,
    );
  },
  15 * MINUTES,
);
