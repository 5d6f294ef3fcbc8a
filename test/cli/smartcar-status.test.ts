import { expect, test } from "vitest";
import { readingsReader } from "../../cli/readings";
import { lookAt, lookAtFilesAlone } from "../../cli/smartcar-flow";
import { readingsRow, smartcarStores, speedingRow, topologyRow } from "../../cli/smartcar-status";
import { STALE_SECONDS } from "../../cli/status";

const NOW = Date.parse("2026-03-01T00:00:10+09:00");
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** HBase's REST server with the readings of one second. */
function restWith(date: string) {
  const key = [...date].reverse().join("");
  const asked: string[] = [];
  const json = async (path: string) => {
    asked.push(path);
    if (!path.includes(`/DriverCarInfo/${key}-*`))
      throw new Error("the server could not find the requested resource: Not found");
    const cell = (column: string, value: string) => ({ column: base64(`cf1:${column}`), $: base64(value) });
    const Cell = [cell("date", date), cell("car_number", "O0010"), cell("speed", "81"), cell("area_number", "F06")];
    return { Row: [{ key: base64(`${key}-O0010`), Cell }] };
  };
  return {
    asked,
    api: { json, text: () => Promise.reject(new Error()), post: () => Promise.reject(new Error()) } as never,
  };
}

test("the newest readings are found by their second, in Seoul's time, across midnight", async () => {
  const { api, asked } = restWith("20260228235955");
  expect(await readingsReader(api, "n").newest(NOW)).toEqual({
    ageSeconds: 15,
    rows: [{ time: "2026-02-28 23:59:55", car: "O0010", speed: "81", area: "F06" }],
  });
  expect(asked[0]).toContain("/services/hbase-rest:8080/proxy/DriverCarInfo/80000010306202-*");
});

test("without readings of the last minute there are none; another failure is not taken for that", async () => {
  expect(await readingsReader(restWith("20200101000000").api, "n").newest(NOW)).toBeUndefined();
  const broken = { json: () => Promise.reject(new Error("502 Bad Gateway")) } as never;
  await expect(readingsReader(broken, "n").newest(NOW)).rejects.toThrow("502");
});

test("readings pass while they come in and a RegionServer lives", () => {
  const status = { regions: 3, averageLoad: 3, LiveNodes: [{ name: "a" }], DeadNodes: [] };
  expect(readingsRow(status, STALE_SECONDS)).toMatchObject({ ok: true, state: "1 RegionServers, 3 regions" });
  expect(readingsRow(status, STALE_SECONDS + 1).ok).toBe(false);
  expect(readingsRow(status, null).ok).toBe(false);
  expect(readingsRow({ ...status, LiveNodes: [], DeadNodes: ["a"] }, 1)).toMatchObject({ ok: false });
});

test("the topology passes while it is active", () => {
  const topology = { name: "smartcar", status: "ACTIVE", uptimeSeconds: 9, workersTotal: 1, executorsTotal: 8 };
  expect(topologyRow({ topologies: [topology] })).toMatchObject({
    ok: true,
    state: "ACTIVE, 8 executors in 1 workers",
  });
  expect(topologyRow({ topologies: [{ ...topology, status: "KILLED" }] }).ok).toBe(false);
  expect(topologyRow({ topologies: [{ ...topology, name: "other" }] })).toMatchObject({
    ok: false,
    state: "not running",
  });
});

test("today's speeding readings are those of Seoul's day", () => {
  const days = [
    { day: "20260228", members: 7, expiresInSeconds: 1 },
    { day: "20260301", members: 3, expiresInSeconds: 2 },
  ];
  expect(speedingRow({ days }, NOW)).toMatchObject({ ok: true, state: "3 speeding readings today, 2 days" });
});

test("a store that does not answer fails with the reason, and the others are shown", async () => {
  const json = (path: string) =>
    path.includes("/over-speed:8080/") ? Promise.resolve({ days: [] }) : Promise.reject(new Error("no endpoints"));
  const stores = await smartcarStores({ json } as never, "n", 60);
  expect(stores.map(({ store, ok }) => [store, ok])).toEqual([
    ["storm smartcar", false],
    ["hbase DriverCarInfo", false],
    ["redis", true],
    ["hdfs /pilot-pjt/collect/car-batch-log", false],
  ]);
  expect(stores[0]?.state).toContain("no endpoints");
});

test("data flows when HBase has readings of just now and HDFS a file", () => {
  const rows = [{ time: "2026-03-01 00:00:05", car: "O0010", speed: "81", area: "F06" }];
  const file = { name: "wrk_date=20260301/a.log", directory: false, bytes: 5, modifiedMs: NOW };
  const days = { days: [] };
  expect(lookAt({ rows, ageSeconds: 5 }, days, file)).toMatchObject({ flows: true });
  expect(lookAt({ rows, ageSeconds: 45 }, days, file)).toMatchObject({
    flows: false,
    says: expect.stringMatching(/45 s ago/),
  });
  expect(lookAt({ rows, ageSeconds: 5 }, days, undefined)).toMatchObject({ flows: false });
  expect(lookAt(undefined, days, file)).toMatchObject({ flows: false });
  expect(lookAtFilesAlone(file)).toMatchObject({ flows: true, says: expect.stringMatching(/readings wait/) });
  expect(lookAtFilesAlone(undefined).flows).toBe(false);
});
