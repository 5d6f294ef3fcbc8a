import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { run } from "../../cluster/core/run";
import { type Read, readTopic, testKafka } from "./support/kafka";
import { eventually, labOk, SMARTCAR } from "./support/lab";
import {
  carLine,
  driverLog,
  hdfsLines,
  logDate,
  redis,
  redisMembers,
  rowKey,
  sendReadings,
  smartcar,
  speedingMembers,
  statusFiles,
  storedReadings,
} from "./support/smartcar";
import { bringUp } from "./support/stack-up";

const kafka = testKafka(SMARTCAR);
const SECOND = 1000;
/** From a line of the driver log to HBase and Redis, on a busy machine. */
const ARRIVAL_SECONDS = 120;
let shown = "";

beforeAll(async () => {
  shown = await bringUp("smartcar");
});

/** A car of this run alone, of which nothing is stored yet. */
const CAR = `T${String(Date.now() % 1_000_000).padStart(6, "0")}`;

const send = (readings: Parameters<typeof sendReadings>[1]) => sendReadings(kafka, readings);

/** Records of a topic with a key. */
async function recordsOf(topic: string, key: string): Promise<Read[]> {
  const found: Read[] = [];
  await readTopic(kafka, topic, (record) => {
    if (record.key?.toString() === key) found.push(record);
  });
  return found;
}

describe("lab up smartcar", () => {
  test("ends with readings that have just come through, and a second one changes nothing", async () => {
    expect(shown).toMatch(/newest readings in HBase's DriverCarInfo/);
    expect(shown).toMatch(/storm-ui/);
    expect((await labOk(["up", "smartcar"])).stderr).toMatch(/unchanged|nothing changed|no changes/i);
  });

  test("lab status knows every hop and store", async () => {
    const { stdout } = await labOk(["status", "--stack", "smartcar"]);
    expect(stdout).toMatch(/^storm smartcar +pass +ACTIVE/m);
    expect(stdout).toMatch(/^hbase DriverCarInfo +pass/m);
    expect(stdout).toMatch(/^redis +pass/m);
    expect(stdout).toMatch(/^hdfs \/pilot-pjt\/collect\/car-batch-log +pass/m);
  });
});

describe("what the cars wrote", () => {
  test("is in HBase, each reading of a minute with its 8 columns and its own time, and nothing else", async () => {
    const from = Date.now() - 60 * SECOND;
    for (let at = from; at < from + 60 * SECOND; at += SECOND) {
      const date = logDate(at);
      const wanted = new Map((await driverLog(date, date)).map((line) => [rowKey(line), line]));
      expect(wanted.size).toBe(100);
      const stored = await eventually(`readings of ${date}`, ARRIVAL_SECONDS, async () => {
        const found = await storedReadings(date);
        if (found.size < wanted.size) throw new Error(`${found.size} of ${wanted.size}`);
        return found;
      });
      expect(new Map([...stored].map(([key, { line }]) => [key, line]))).toEqual(wanted);
      const times = new Set([...stored.values()].flatMap((row) => row.times));
      expect(times).toEqual(new Set([Math.floor(at / SECOND) * SECOND]));
    }
  });

  test("makes exactly the members of Redis that the rule gives, computed here", async () => {
    const to = Date.now();
    const from = to - 150 * SECOND;
    const lines = await driverLog(logDate(from - 31 * SECOND), logDate(to));
    const judged = (member: string) => member.slice(-14) >= logDate(from) && member.slice(-14) <= logDate(to);
    const wanted = [...speedingMembers(lines).values()].flatMap((members) => [...members]).filter(judged);
    expect(wanted.length).toBeGreaterThan(0);
    await eventually("the rule's members", ARRIVAL_SECONDS, async () => {
      const days = new Set([logDate(from), logDate(to)].map((date) => date.slice(0, 8)));
      const found = (await Promise.all([...days].map(redisMembers))).flatMap((members) => [...members]).filter(judged);
      expect(found.filter((member) => !/^T\d{6}-/.test(member)).sort()).toEqual(wanted.sort());
      return true;
    });
  });

  test("in status files is in HDFS without garbage, with the day on which it was collected, and the files are gone", async () => {
    const files = await eventually("two status files", 240, async () => {
      const known = await statusFiles();
      return known.length >= 2 && known;
    });
    const wanted = files.reduce((sum, { lines, garbage }) => sum + lines - garbage, 0);
    expect(files.reduce((sum, { garbage }) => sum + garbage, 0)).toBeLessThan(wanted);
    const lines = await eventually("their lines in HDFS", 300, async () => {
      const found = await hdfsLines("/pilot-pjt/collect/car-batch-log");
      if (found.length < wanted) throw new Error(`${found.length} of ${wanted}`);
      return found;
    });
    expect(new Set(lines).size).toBe(lines.length);
    const today = logDate(Date.now()).slice(0, 8);
    const yesterday = logDate(Date.now() - 86_400_000).slice(0, 8);
    for (const line of lines) {
      expect(line).toMatch(/^\d{14},/);
      expect([today, yesterday]).toContain(line.slice(-8));
    }
    const spool = await smartcar.kubectl(
      "exec",
      "cars-0",
      "--container=flume",
      "--",
      "ls",
      "/var/lib/flume/cars/status",
    );
    for (const { name } of files) expect(spool).not.toContain(name);
  });
});

describe("what others send", () => {
  const noon = Date.parse("2026-03-01T12:00:00+09:00");

  /** Sends readings of one car, seconds after noon with speeds, and resolves with its members in Redis. */
  async function flagged(
    car: string,
    readings: readonly (readonly [second: number, speed: string])[],
  ): Promise<string[]> {
    const dates = readings.map(([second]) => logDate(noon + second * SECOND));
    await send(readings.map(([, speed], i) => ({ key: car, value: carLine({ date: dates[i], car, speed }) })));
    const last = dates.at(-1) ?? "";
    await eventually(`${car} in HBase`, ARRIVAL_SECONDS, async () =>
      (await storedReadings(last)).has(`${[...last].reverse().join("")}-${car}`),
    );
    await new Promise((resolve) => setTimeout(resolve, 5000)); // the other branch of the topology has no later mark to wait for
    return [...(await redisMembers("20260301"))].filter((member) => member.startsWith(`${car}-`)).sort();
  }

  test("is judged by its own time: 80.0 is not above 80, 80.01 is, and a reading leaves the average after 30 s", async () => {
    const member = (car: string, second: number) => `${car}-${logDate(noon + second * SECOND)}`;
    const [even, above, leaves, one] = ["1", "2", "3", "4"].map((n) => `${CAR.slice(0, -1)}${n}`) as [
      string,
      string,
      string,
      string,
    ];
    expect(
      await flagged(even, [
        [0, "70"],
        [1, "90"],
        [2, "80"],
      ]),
    ).toEqual([]);
    expect(
      await flagged(above, [
        [0, "70"],
        [1, "90"],
        [2, "80.03"],
      ]),
    ).toEqual([member(above, 2)]);
    expect(
      await flagged(leaves, [
        [0, "60"],
        [29, "90"],
        [30, "90"],
      ]),
    ).toEqual([member(leaves, 30)]);
    expect(await flagged(one, [[0, "81"]])).toEqual([member(one, 0)]);
  });

  test("twice is stored once", async () => {
    const car = `${CAR.slice(0, -1)}5`;
    const once = await flagged(car, [[0, "100"]]);
    expect(await flagged(car, [[0, "100"]])).toEqual(once);
    expect(once).toHaveLength(1);
  });

  test("and is no reading goes to the dead-letter topic as it was, with its origin and reason", async () => {
    const poison: [value: Buffer | null, reason: string][] = [
      [Buffer.from(`not a line of ${CAR}`), "field-count"],
      [Buffer.from(carLine({ date: "20261301000000", car: CAR })), "bad-date"],
      [Buffer.from(carLine({ car: CAR, speed: "fast" })), "bad-speed"],
      [Buffer.from([0xff, 0xfe, 0x2c]), "field-count"],
      [null, "tombstone"],
    ];
    const key = `poison-${CAR}`;
    await send(poison.map(([value]) => ({ key, value, partition: 0 })));
    const dead = await eventually("the dead letters", ARRIVAL_SECONDS, async () => {
      const found = await recordsOf("SmartCar-Topic.dead-letter", key);
      if (found.length < poison.length) throw new Error(`${found.length} of ${poison.length}`);
      return found;
    });
    const source = await recordsOf("SmartCar-Topic", key);
    for (const [index, { offset, partition, value }] of source.entries()) {
      const letters = dead.filter(({ headers }) => String(headers?.["source.offset"]) === offset);
      expect(letters.length).toBeGreaterThan(0);
      const headers = Object.fromEntries(Object.entries(letters[0]?.headers ?? {}).map(([k, v]) => [k, String(v)]));
      expect(headers).toMatchObject({
        "source.topic": "SmartCar-Topic",
        "source.partition": String(partition),
        reason: poison[index]?.[1],
        job: "smartcar",
      });
      expect(letters[0]?.value).toEqual(value);
    }
  });
});

describe("people", () => {
  test("look at readings by row, pattern and value, and correct one", async () => {
    const date = logDate(noonOf(7));
    await send([{ key: CAR, value: carLine({ date, car: CAR, area: "F06" }) }]);
    const row = rowKey(carLine({ date, car: CAR }));
    await eventually(`${row}`, ARRIVAL_SECONDS, async () => (await storedReadings(date)).has(row));
    const cars = (...args: string[]) => labOk(["cars", ...args, "--stack", "smartcar"]);
    expect((await cars("get", row)).stdout).toContain("F06");
    const found = await cars("scan", "area_number=F06", "--row", CAR, "--columns", "car_number,area_number");
    expect(found.stdout).toContain(row);
    expect(found.stdout).not.toContain("speed_pedal");
    await cars("put", row, "area_number=A01");
    expect((await cars("get", row)).stdout).toContain("A01");
  });

  test("ask HBase's own shell, which leaves no pod behind", async () => {
    const script = "describe 'DriverCarInfo'\nget_splits 'DriverCarInfo'\nscan 'DriverCarInfo', LIMIT => 1\n";
    const { stdout } = await run(join(projectRoot(), "lab"), ["shell", "hbase", "--stack", "smartcar"], {
      input: script,
      timeoutMs: 300_000,
    });
    expect(stdout).toMatch(/NAME => 'cf1'/);
    expect(stdout).toMatch(/Total number of splits = 2/);
    expect(stdout).toMatch(/column=cf1:car_number/);
    await eventually("no pod of the shell", 60, async () => (await smartcar.podsOf("hbase-shell")).length === 0);
  });

  test("read the day's speeding cars, of which Redis forgets each day after a week", async () => {
    const today = logDate(Date.now()).slice(0, 8);
    expect((await labOk(["over-speed", today, "--stack", "smartcar"])).stdout).toMatch(/[A-Z]\d{4}/);
    const ttl = Number(await redis("TTL", today));
    expect(ttl).toBeGreaterThan(604_800 - 3600);
    expect(ttl).toBeLessThanOrEqual(604_800);
  });

  test("are told that everything agrees", async () => {
    expect((await labOk(["verify", "smartcar", "--stack", "smartcar"])).stdout).toMatch(/everything agrees/);
  });
});

function noonOf(day: number): number {
  return Date.parse(`2026-03-0${day}T12:00:00+09:00`);
}
