import { beforeAll, describe, expect, test } from "vitest";
import { Kube } from "../../cli/kube";
import { query } from "../../cli/rows";
import { DEPTS, NAMES } from "../../stacks/static-tables";
import { header, type Read, readTopic, testKafka } from "./support/kafka";
import { kubectl, lab, labEnv, labOk, metric, NAMESPACE } from "./support/lab";
import { event, freshIds, seoulTime, workedOff } from "./support/load";
import { stackUp } from "./support/stack-up";

const kafka = testKafka();
let kube: Kube;
beforeAll(async () => {
  await stackUp();
  const env = await labEnv();
  kube = new Kube(
    (env.PATH ?? "")
      .split(":")
      .filter((part) => part.includes("toolchain"))
      .join(":"),
    env.KUBECONFIG ?? "",
    NAMESPACE,
  );
});

/** Runs SQL as root inside the pod's own network, for what `scott` may not do. */
async function asRoot(sql: string) {
  const access = { pod: "pod/mysql-0", user: "root", database: "default", secret: "mysql-root", secretKey: "root" };
  return query(kube, sql, access);
}

describe("data, to the row", () => {
  test("every table holds what is counted here, from the raw topic, for three closed minutes", async () => {
    const to = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
    const from = to - 180_000;
    const expected: Record<"events_users_v1" | "events_ages" | "events_depts", Map<string, number>> = {
      events_users_v1: new Map(),
      events_ages: new Map(),
      events_depts: new Map(),
    };
    await readTopic(kafka, "events", ({ value }) => {
      // What tests have sent before that was no event; none of it is of these minutes.
      if (!/^\{"hello":"[^"]*","id":\d+,"time":"[^"]*"\}$/.test(String(value))) return;
      const { id, time } = JSON.parse(String(value)) as { id: number; time: string };
      const ms = Date.parse(`${time.replace(" ", "T")}+09:00`);
      if (ms < from || ms >= to) return;
      const start = seoulTime(Math.floor(ms / 10_000) * 10_000);
      const keys = {
        events_users_v1: NAMES.find(({ uid }) => uid === id % 10)?.name ?? "Unknown Name",
        events_ages: String((id % 100) + 1),
        events_depts: DEPTS.find(({ did }) => did === id % 5)?.name ?? "Unknown Dept",
      };
      for (const table of ["events_users_v1", "events_ages", "events_depts"] as const) {
        const row = `${start} ${keys[table]}`;
        expected[table].set(row, (expected[table].get(row) ?? 0) + 1);
      }
    });
    const columns = { events_users_v1: "user_name", events_ages: "age", events_depts: "dept_name" } as const;
    for (const table of ["events_users_v1", "events_ages", "events_depts"] as const) {
      const rows = await query(
        kube,
        `SELECT start, ${columns[table]} AS k, count FROM ${table} WHERE start >= '${seoulTime(from)}' AND end <= '${seoulTime(to)}'`,
      );
      const actual = new Map(rows.map((row) => [`${row.start} ${row.k}`, Number(row.count)]));
      expect(actual.size, table).toBeGreaterThan(0);
      expect([...actual].sort(), table).toEqual([...expected[table]].sort());
    }
  });

  test("lab verify agrees with the jobs, and says which row is wrong when one is", async () => {
    expect((await labOk(["verify", "kappa"])).stdout).toMatch(/everything agrees/);
    const [row] = await asRoot(
      "SELECT start, user_name, count FROM events_users_v1 WHERE end < NOW() - INTERVAL 60 SECOND ORDER BY start DESC LIMIT 1",
    );
    const where = `start = '${row?.start}' AND user_name = '${row?.user_name}'`;
    await asRoot(`UPDATE events_users_v1 SET count = count + 7 WHERE ${where}`);
    try {
      const { code, stdout } = await lab(["verify"]);
      expect(code).toBe(1);
      expect(stdout).toContain(String(row?.start));
      expect(stdout).toContain(String(row?.user_name));
    } finally {
      await asRoot(`UPDATE events_users_v1 SET count = ${row?.count} WHERE ${where}`);
    }
    expect((await lab(["verify"])).code).toBe(0);
  });

  test("a topic's record is in order, keyed by its user, and names where it came from", async () => {
    let looked = 0;
    await readTopic(kafka, "events_stages", (record) => {
      const value = JSON.parse(String(record.value)) as Record<string, unknown>;
      expect(Object.keys(value)).toEqual(["time", "user_id", "user_name", "dept_name", "gender", "age", "hello", "id"]);
      expect(String(record.key)).toBe(String(value.user_id));
      expect(header(record, "source.partition")).toMatch(/^\d$/);
      expect(header(record, "source.offset")).toMatch(/^\d+$/);
      looked++;
    });
    expect(looked).toBeGreaterThan(100);
  });
});

describe("malformed events", () => {
  test("each kind goes to the dead-letter topic as it was, with its reason, and nothing else is disturbed", async () => {
    const time = seoulTime(Date.now());
    const id = freshIds();
    const cases: [string, Buffer | null, boolean][] = [
      ["not JSON", Buffer.from("{"), true],
      ["empty", Buffer.alloc(0), true],
      ["a tombstone", null, true],
      ["cut in a UTF-8 letter", Buffer.from('{"hello":"서').subarray(0, -1), true],
      ["no id", Buffer.from(JSON.stringify({ hello: "x", time })), true],
      ["an id that is a word", Buffer.from(JSON.stringify({ hello: "x", id: "seven", time })), true],
      ["an id beyond 2^63", Buffer.from(`{"hello":"x","id":99999999999999999999,"time":"${time}"}`), true],
      ["no time at all", Buffer.from(JSON.stringify({ hello: "x", id, time: "yesterday" })), true],
      ["1 MB", Buffer.from(`{"hello":"${"x".repeat(900_000)}",`), true],
      ["a good one", Buffer.from(event(id + 1, Date.now())), false],
    ];
    const producer = kafka.producer();
    await producer.connect();
    const at = new Map<string, string>();
    for (const [name, value] of cases) {
      const [sent] = await producer.send({ topic: "events", acks: -1, messages: [{ value, key: name, partition: 3 }] });
      at.set(name, String(sent?.baseOffset));
    }
    await producer.disconnect();
    await workedOff(kafka, "enrich", "events", 60);
    const found = new Map<string, Read>();
    await readTopic(kafka, "events.dead-letter", (record) => {
      if (record.key !== null) found.set(String(record.key), record);
    });
    for (const [name, value, bad] of cases) {
      const record = found.get(name);
      expect(record !== undefined, name).toBe(bad);
      if (!record) continue;
      expect(record.value?.toString("hex") ?? null, name).toBe(value?.toString("hex") ?? null);
      expect(header(record, "reason"), name).toMatch(/^[a-z0-9-]+$/);
      expect(["events", "events_stages"]).toContain(header(record, "source.topic"));
      if (header(record, "source.topic") === "events") {
        expect([header(record, "source.partition"), header(record, "source.offset")], name).toEqual([
          "3",
          at.get(name),
        ]);
      }
    }
    const dead = await metric("enrich", "lab_dead_letters_total", "reason");
    expect([...dead.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(cases.length - 2);
    expect((await labOk(["verify"])).stdout).toMatch(/everything agrees/);
    expect(await kubectl("get", "pods", "--field-selector=status.phase=Failed", "--output=name")).not.toMatch(
      /enrich|aggregate/,
    );
  });
});
