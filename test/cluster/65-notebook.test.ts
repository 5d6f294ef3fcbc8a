import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FrozenPlan } from "../../cli/against-spark";
import { runJob } from "../../cli/job";
import { Kube } from "../../cli/kube";
import { runNotebook } from "../../cli/run-notebook";
import { NOTEBOOK_STAGES } from "../../stacks/notebook";
import { withPage } from "./support/browser";
import { testKafka } from "./support/kafka";
import {
  eventually,
  inNamespace,
  kubectl,
  kubectlRun,
  labEnv,
  labOk,
  NAMESPACE,
  podsOf,
  rolledOut,
} from "./support/lab";
import { workedOff } from "./support/load";
import { type TestMysql, testMysql } from "./support/mysql";
import { opened } from "./support/opened";
import { send } from "./support/recorded";
import { RecordedWorld } from "./support/recorded-world";
import { stackUp } from "./support/stack-up";

const kafka = testKafka();
const MINUTES = 60_000;
const world = new RecordedWorld(kafka, inNamespace(NAMESPACE));
const { topics, groups, tables, first, second } = world;
let kube: Kube;
let mysql: TestMysql;
/** Once the jobs have worked off the first of the recorded events; meanwhile the pod is tested. */
let recorded: Promise<unknown>;

beforeAll(async () => {
  await stackUp("lab", "notebook");
  const env = await labEnv();
  kube = new Kube(env.PATH ?? "", env.KUBECONFIG ?? "", NAMESPACE);
  mysql = await testMysql("root");
  recorded = world
    .start(mysql)
    .then(() => send(kafka, topics.input, first.values))
    .then(() => workedOff(kafka, groups.enrich, topics.input, 300));
  recorded.catch(() => undefined); // awaited below; until then its failure is nobody's
});
afterAll(async () => {
  await recorded?.catch(() => undefined);
  await world.end();
  await mysql?.end();
});

/** Runs a command in the notebook's container. */
const inPod = async (...command: string[]) =>
  (await kubectlRun(["exec", "notebook-0", "--container=notebook", "--", ...command])).stdout;

describe("the notebook's pod", () => {
  test("starts a kernel that computes, and a second lab up changes nothing", async () => {
    await inPod("kernel-computes"); // fails unless the kernel has answered
    expect((await labOk(["up"])).stderr).toMatch(/unchanged|nothing changed|no changes/i);
  });

  test("its server answers nobody without the token, and says nothing of it", async () => {
    const { stdout: token } = await labOk(["credentials", "notebook"]);
    const ask = (path: string) =>
      inPod(
        "python3",
        "-c",
        `
import urllib.request, urllib.error
try: print(urllib.request.urlopen("http://127.0.0.1:8888${path}").status)
except urllib.error.HTTPError as error: print(error.code)
`,
      );
    expect((await ask("/api/contents")).trim()).toBe("403");
    expect((await ask(`/api/contents?token=${token.trim()}`)).trim()).toBe("200");
    expect((await ask(`/api/nothing?token=${token.trim()}`)).trim()).toBe("404");
    const objects = await kubectl("get", "pod,statefulset,configmap", "--output=json");
    expect(objects, "the token is in the Secret alone").not.toContain(token.trim());
    expect(await inPod("sh", "-c", "tr '\\0' '\\n' < /proc/1/cmdline; tr '\\0' '\\n' < /proc/1/environ")).not.toContain(
      token.trim(),
    );
    const log = await kubectl("logs", "notebook-0", "--container=notebook");
    expect(log, "what is refused or not there is told, without the token").toContain("/api/nothing");
    expect(log).not.toContain(token.trim());
  });

  test("keeps a person's files and changed notebooks when it is deleted, and brings back what was removed", async () => {
    const [changed, removed] = ["work/1.pyspark-stream-stage.ipynb", "work/2.pyspark-stream-aggregate.ipynb"];
    await inPod("sh", "-c", `cd && echo mine > work/mine.txt && echo >> ${changed} && rm ${removed}`);
    const [before] = await podsOf("notebook");
    try {
      await kubectl("delete", "pod", "notebook-0");
      await rolledOut("statefulset", "notebook", 300);
      const [after] = await podsOf("notebook");
      expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
      expect(await inPod("sh", "-c", "cat $HOME/work/mine.txt")).toBe("mine\n");
      const differs = (file: string) =>
        inPod("sh", "-c", `cmp -s "$HOME"/${file} /opt/notebooks/\${1##*/} && echo same || echo differs`, "sh", file);
      expect((await differs(changed)).trim()).toBe("differs");
      expect((await differs(removed)).trim()).toBe("same");
    } finally {
      await inPod("sh", "-c", `cd && cp /opt/notebooks/$(basename ${changed}) ${changed} && rm -f work/mine.txt`);
    }
  });
});

describe("100 000 recorded events, every odd record among them", () => {
  beforeAll(async () => {
    await recorded;
  });

  const rowsOf = async (table: string) => {
    const rows = await mysql.rows(
      `SELECT CAST(start AS CHAR) AS start, CAST(end AS CHAR) AS end, user_name, count FROM ${table}`,
    );
    return rows.map((row) => `${row.start} ${row.end} ${row.user_name} ${row.count}`).sort();
  };
  const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((all, count) => all + count, 0);
  const counted = (what: string, table: string, wanted: number, seconds: number) =>
    eventually(what, seconds, async () => {
      const [row] = await mysql.rows(`SELECT COALESCE(SUM(count), 0) AS n FROM ${table}`);
      if (Number(row?.n) !== wanted) throw new Error(`${row?.n} of ${wanted}`);
      return true;
    });

  test(
    "are windows that are equal, row for row, in notebook 2 and in the job: in order within the delay, or late by any reading",
    async () => {
      const all = total(first.counted) + total(second.counted);
      // Spark reads all that is in order at once. Its watermark has then passed what comes late, so it drops that, as the job does.
      const running = runNotebook(kube, "2.pyspark-stream-aggregate", {
        mode: "follow",
        seconds: "600",
        until_records: String(all + second.late),
        source_topic: topics.output,
        sink_table: tables.v1,
      });
      running.catch(() => undefined); // awaited below; until then its failure is nobody's
      await counted("the job has counted what is in order", tables.ours, total(first.counted), 120);
      await counted("Spark has counted what is in order", tables.v1, total(first.counted), 400);
      await expect(runNotebook(kube, "1.pyspark-stream-stage", {}), "there is memory for one Spark").rejects.toThrow(
        /exit code 3/,
      );
      // The watermark holds for late records one micro-batch after it has moved.
      await eventually("Spark's second micro-batch is over", 120, () =>
        inPod("sh", "-c", "ls $HOME/work/tmp/jdbc_sink-*/commits/1"),
      );
      await send(kafka, topics.input, second.values);
      await workedOff(kafka, groups.enrich, topics.input, 120);
      await counted("the job has counted what is new", tables.ours, all, 120);
      const result = await running;
      expect(result).toMatchObject({ table: tables.v1, counted: all });
      const ours = await rowsOf(tables.ours);
      expect(ours).toHaveLength(first.counted.size + second.counted.size);
      expect(await rowsOf(tables.v1)).toEqual(ours);
      const computed = new Map([...first.counted, ...second.counted]);
      const written = [...computed].map(([id, count]) => {
        const [start = "", user = ""] = id.split("/");
        const end = new Date(Date.parse(`${start.replace(" ", "T")}Z`) + 10_000).toISOString();
        return `${start} ${end.slice(0, 19).replace("T", " ")} ${user} ${count}`;
      });
      expect(ours).toEqual(written.sort());
      const [late] = await mysql.rows(`SELECT SUM(late) AS n FROM ${world.partials}`);
      expect(Number(late?.n)).toBe(second.late);
    },
    15 * MINUTES,
  );

  test(
    "notebook 3 finds the late ones with a longer watermark, and moves its readers",
    async () => {
      const result = await runNotebook(kube, "3.pyspark-stream-recovery", {
        mode: "catch-up",
        source_topic: topics.output,
        sink_table: tables.v2,
        v1_table: tables.v1,
        view: tables.view,
      });
      const all = total(first.counted) + total(second.counted);
      expect(result).toMatchObject({
        counted: all + second.late,
        counted_v1: all,
        rows_with_fewer: 0,
        readers: tables.v2,
      });
      expect(await rowsOf(tables.view)).toEqual(await rowsOf(tables.v2));
    },
    15 * MINUTES,
  );

  test(
    "are the same records, byte for byte, in notebook 1 and in enrich, but for what is decided on purpose; a changed one is found",
    async () => {
      const asked = {
        parts: ["enrich"],
        topics: { ...topics, spark: NOTEBOOK_STAGES },
        enrichGroupId: groups.enrich,
        records: 200_000,
      };
      const lines: string[] = [];
      const agree = (overrides: object) => {
        lines.length = 0;
        return runJob(kube, "agree", { ...asked, ...overrides }, (line) => lines.push(line));
      };
      expect(await agree({}), lines.join("\n")).toBe(0);
      const plan = JSON.parse(lines.find((line) => line.startsWith("{")) ?? "") as FrozenPlan;
      const result = await runNotebook(kube, "1.pyspark-stream-stage", {
        mode: "catch-up",
        source_topic: topics.input,
        run_id: plan.run,
      });
      expect(result).toMatchObject({ events: 100_000 });
      expect(await agree({ plan }), lines.join("\n")).toBe(0);
      expect(lines.join("\n")).toMatch(/records on which enrich and Spark agree +100000 +100000 +ok/);
      for (const reason of [
        "tombstone",
        "empty",
        "not-json",
        "invalid-utf-8",
        "not-an-object",
        "id-missing",
        "id-not-an-integer",
        "id-out-of-range",
        "time-missing",
        "time-unparsable",
        "too-large",
      ]) {
        expect(lines.join("\n")).toMatch(new RegExp(`note: .* dead letters .*${reason} \\d+`));
      }

      const producer = kafka.producer();
      await producer.connect();
      const headers = { "source.partition": "2", "source.offset": "1234", run: plan.run };
      await producer.send({ topic: NOTEBOOK_STAGES, acks: -1, messages: [{ key: "1", value: "{}", headers }] });
      await producer.disconnect();
      expect(await agree({ plan })).toBe(1);
      expect(lines.join("\n")).toContain(`differs: ${topics.input} 2/1234: `);
      expect(lines.join("\n")).toMatch(/agree +100000 +99999 +DIFFERS/);
    },
    15 * MINUTES,
  );
});

describe("in a browser", () => {
  test(
    "JupyterLab opens with the address that lab open prints and shows the notebooks; without the token it asks for one",
    async () => {
      await opened("notebook", async (url) => {
        await withPage(async (page) => {
          await page.goto(new URL("/lab", url).href);
          await page.locator("input#password_input, input[name=password]").first().waitFor();
          expect(await page.locator(".jp-DirListing-item").count()).toBe(0);
        });
        await withPage(async (page) => {
          await page.goto(url);
          const notebook = page.locator(".jp-DirListing-item", { hasText: "1.pyspark-stream-stage" });
          await notebook.first().waitFor();
        });
      });
    },
    10 * MINUTES,
  );
});
