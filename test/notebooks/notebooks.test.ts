import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { secretPath } from "../../components/core/password";
import { MySql } from "../../components/mysql/mysql";
import { findingsSql } from "../../jobs/reindex/sql";
import { EVENTS, STAGES } from "../../stacks/enriched-events";
import { RAW_EVENTS, SPARK_BATCH } from "../../stacks/lambda-names";
import { NOTEBOOK_STAGES } from "../../stacks/notebook";
import { DATABASE } from "../../stacks/shared-jobs";
import { type Cell, cellsOf, codeOf, lapses, notebookNames, parametersOf, textOf } from "./notebook";

const STAGE = "1.pyspark-stream-stage";
const AGGREGATE = "2.pyspark-stream-aggregate";
const RECOVERY = "3.pyspark-stream-recovery";
const REINDEX = "4.pyspark-batch-reindex";

const STREAM = {
  mode: "follow",
  seconds: 60,
  brokers: "kafka:9093",
  work_dir: "/home/jovyan/work",
  checkpoint_dir: "",
  starting_offsets: "earliest",
  records_per_batch: 0,
  until_records: 0,
};
const MYSQL = {
  mysql_host: "mysql",
  mysql_port: 3306,
  mysql_database: DATABASE,
  mysql_user: "scott",
  mysql_password_file: secretPath("mysql", MySql.scott.file),
};
/** What the stack puts its own address in the place of. */
const HDFS = "hdfs://namenode:8020";
const PARAMETERS: Record<string, object> = {
  [STAGE]: { ...STREAM, source_topic: EVENTS, target_topic: NOTEBOOK_STAGES, run_id: "" },
  [AGGREGATE]: {
    ...STREAM,
    source_topic: STAGES,
    window_seconds: 10,
    watermark_seconds: 15,
    sink_table: "notebook_users_v1",
    empty_first: true,
    ...MYSQL,
  },
  [RECOVERY]: {
    ...STREAM,
    source_topic: STAGES,
    window_seconds: 10,
    watermark_seconds: 3600,
    sink_table: "notebook_users_v2",
    v1_table: "notebook_users_v1",
    view: "notebook_users",
    cutover: true,
    ...MYSQL,
  },
  [REINDEX]: { work_dir: "/home/jovyan/work", day: "", hdfs: HDFS, input: RAW_EVENTS, output: SPARK_BATCH },
};
/** Cells that several notebooks have, which must not drift apart. */
const SHARED: Record<string, readonly string[]> = {
  session: [STAGE, AGGREGATE, RECOVERY, REINDEX],
  files: [STAGE, AGGREGATE, RECOVERY, REINDEX],
  "static-tables": [STAGE, REINDEX],
  stream: [STAGE, AGGREGATE, RECOVERY],
  source: [AGGREGATE, RECOVERY],
  "stages-reader": [AGGREGATE, RECOVERY],
  stages: [AGGREGATE, RECOVERY],
  events: [AGGREGATE, RECOVERY],
  "table-names": [AGGREGATE, RECOVERY],
  mysql: [AGGREGATE, RECOVERY],
  save: [AGGREGATE, RECOVERY],
};
const HANGUL = /[가-힣]/;
const names = notebookNames();

function cell(notebook: string, id: string): Cell {
  const found = cellsOf(textOf(notebook)).find((one) => one.id === id);
  if (!found) throw new Error(`${notebook} has no cell ${id}`);
  return found;
}

/** What the Python of this machine says about code; undefined where there is none. */
function python(code: string): { readonly exit: number | null; readonly output: string } | undefined {
  const done = spawnSync("python3", [join(__dirname, "names.py")], { input: code, encoding: "utf8" });
  return done.error ? undefined : { exit: done.status, output: (done.stdout + done.stderr).trim() };
}
const hasPython = python("") !== undefined;

test("the sources' three, and the batch", () => {
  expect(names).toEqual([STAGE, AGGREGATE, RECOVERY, REINDEX]);
});

describe.each(names)("%s", (name) => {
  const text = textOf(name);
  const cells = cellsOf(text);
  const code = codeOf(cells);

  test("is stored as Jupyter would, without what a run shows", () => {
    expect(text).toBe(`${JSON.stringify(JSON.parse(text), null, 1)}\n`);
    const ids = cells.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("has its parameters, before anything that uses them", () => {
    expect(parametersOf(cells)).toEqual(PARAMETERS[name]);
    expect(cells.find(({ kind }) => kind === "code")?.tags).toEqual(["parameters"]);
  });

  test("tells what each of its parameters is for", () => {
    const told = cells
      .filter(({ kind }) => kind === "markdown")
      .map((one) => one.text)
      .join("\n");
    const own = [
      "mode",
      "starting_offsets",
      "until_records",
      "checkpoint_dir",
      "window_seconds",
      "watermark_seconds",
      "sink_table",
      "day",
    ];
    const expected = Object.keys(PARAMETERS[name] ?? {}).filter((one) => own.includes(one));
    expect(expected.filter((one) => !told.includes(`\`${one}\``))).toEqual([]);
  });

  test("has the sources' heading with English beside it, and text before code", () => {
    expect(cells[0]?.kind).toBe("markdown");
    expect(cells[0]?.text).toMatch(/^# [^\n]*[가-힣][^\n]* · [A-Z]/);
    const headings = cells.flatMap((one) => (one.kind === "markdown" ? (one.text.match(/^#+ .*$/gm) ?? []) : []));
    expect(headings.filter((heading) => HANGUL.test(heading) && !/ · /.test(heading))).toEqual([]);
    expect(headings.filter((heading) => HANGUL.test(heading)).length).toBeGreaterThanOrEqual(4);
  });

  test("ends by itself and leaves nothing behind", () => {
    expect(lapses(code)).toEqual([]);
  });

  test("shows a chart, and says at its end what became of it", () => {
    expect(code).toContain("plt.show()");
    const last = cells.at(-1);
    expect(last?.id).toBe("result");
    expect(last?.text).toMatch(/print\(json\.dumps\(\{\s*"notebook": notebook,/);
    expect(last?.text).toMatch(/"rows": rows/);
    expect(code).toContain(`notebook = "${name}"`);
  });

  test.skipIf(!hasPython)("compiles; every name it uses is made, every import used", () => {
    expect(python(code)).toEqual({ exit: 0, output: "" });
  });
});

test.each(Object.entries(SHARED))("the cell %s is one and the same", (id, notebooks) => {
  expect(new Set(notebooks.map((name) => cell(name, id).text)).size).toBe(1);
});

test("a cell that notebooks share is known to be shared", () => {
  const expected = ["parameters", "imports", "result", "title", "chart"];
  const counts = new Map<string, number>();
  for (const name of names) {
    const code = cellsOf(textOf(name)).filter(({ kind, id }) => kind === "code" && !expected.includes(id));
    for (const { text } of code) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const twice = [...counts].filter(([, count]) => count > 1).map(([text]) => text);
  const shared = Object.entries(SHARED).map(([id, [first = ""]]) => cell(first, id).text);
  expect(twice.filter((text) => !shared.includes(text))).toEqual([]);
});

describe("rules", () => {
  test.each([
    ["!rm -rf tmp", "a shell command or a magic"],
    ["    %matplotlib inline", "a shell command or a magic"],
    ["query.awaitTermination()", "waits without an end"],
    ["a.start()\nb.start()", "starts a query outside of started()"],
    ["x.writeStream.format('memory')", "a query without a checkpoint"],
    ['x.writeStream.option("checkpointLocation", checkpointLocation)', "a checkpoint that stays"],
    ['.option("subscribe", topic)', "reads what is not committed"],
    ["", "leaves Spark running"],
  ])("%j breaks one", (code, lapse) => {
    expect(lapses(code)).toContain(lapse);
  });

  test("outputs of a run, another format or a second cell of parameters are refused", () => {
    const stored = JSON.parse(textOf(STAGE));
    const code = stored.cells.find((one: { cell_type: string }) => one.cell_type === "code");
    const shown = { ...code, execution_count: 1, outputs: [{ output_type: "stream", name: "stdout", text: ["x"] }] };
    expect(() => cellsOf(JSON.stringify({ ...stored, cells: [shown] }))).toThrow();
    expect(() => cellsOf(JSON.stringify({ ...stored, nbformat_minor: 4 }))).toThrow();
    expect(() => parametersOf([...cellsOf(textOf(STAGE)), ...cellsOf(textOf(STAGE))])).toThrow("2 cells");
    expect(() => parametersOf([{ id: "p", kind: "code", tags: ["parameters"], text: "a = [1]" }])).toThrow("a = [1]");
  });

  test.skipIf(!hasPython)("a name that is not made, an import that is not used, and no Python are found", () => {
    expect(python("import os\nprint(missing)")).toEqual({ exit: 0, output: "missing\nimport os" });
    expect(python("a =")?.exit).not.toBe(0);
  });
});

describe("MySQL", () => {
  test.each([AGGREGATE, RECOVERY])("%s writes tables of its own only, and by upsert", (name) => {
    const cells = cellsOf(textOf(name));
    const code = codeOf(cells);
    expect(code).toContain("tableName(sink_table)");
    expect(cell(name, "table-names").text).toContain('re.fullmatch(r"notebook_[a-z0-9_]{1,40}", name)');
    expect(code.match(/\.option\("dbtable", [^)]*\)/g)).toEqual(['.option("dbtable", f"{sink_table}_staging")']);
    expect(code.match(/INSERT INTO/g)).toHaveLength(1);
    expect(code).toContain("ON DUPLICATE KEY UPDATE count = batch.count");
    expect(code).toContain('.outputMode("update")');
  });

  test("the recovery moves its readers in one statement", () => {
    expect(codeOf(cellsOf(textOf(RECOVERY))).match(/CREATE OR REPLACE SQL SECURITY INVOKER VIEW/g)).toHaveLength(1);
  });
});

test("the batch finds in a line what the reindex finds", () => {
  const words = (text: string, pattern: RegExp) => new Set([...text.matchAll(pattern)].map(([, word]) => word));
  const statement = { day: "2026-01-15", directories: [], nonce: "NONCE" };
  const sql = findingsSql("events_lines", statement, RAW_EVENTS);
  const reindex = words(sql, /(?:THEN|ELSE) '([a-z0-9-]+)'/g);
  const judge = cell(REINDEX, "judge").text;
  expect(reindex.size).toBeGreaterThan(10);
  expect([...reindex].filter((finding) => !judge.includes(`"${finding}"`))).toEqual([]);
  expect([...words(judge, /"([a-z]+-[a-z0-9-]+)"/g)].filter((finding) => !reindex.has(finding))).toEqual([]);
});
