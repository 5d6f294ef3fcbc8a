import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { overSpeedText } from "../../../cli/over-speed-text";
import { type HealthServer, serveHealth } from "../../../jobs/core/http";
import { isDayKey, memberOf, parseMember } from "../../../jobs/core/over-speed-set";
import { overSpeedSchema } from "../../../jobs/over-speed/config";
import { type DayPage, pages } from "../../../jobs/over-speed/pages";
import { speedersOf } from "../../../jobs/over-speed/speeders";

let sets: Map<string, string[]>;
let broken: boolean;
let server: HealthServer;
let registry: Registry;

beforeEach(async () => {
  sets = new Map([
    ["20260101", ["O0010-20260101120003", "A0001-20260101000000", "O0010-20260101120001", "junk"]],
    ["20251231", ["A0001-20251231235959"]],
    ["99999999", ["x"]],
  ]);
  broken = false;
  registry = new Registry();
  const ask = async <T>(answer: T): Promise<T> => {
    if (broken) throw new Error("nobody answers");
    return answer;
  };
  const answer = pages({
    redis: {
      members: (key) => ask(sets.get(key) ?? []),
      keys: () => ask([...sets.keys()]),
      size: (key) => ask(sets.get(key)?.length ?? 0),
      expiresIn: (key) => ask(sets.has(key) ? 600 : undefined),
    },
    registry,
    log: { warn: () => {} },
  });
  server = await serveHealth(0, registry, { complaint: () => undefined, ready: () => true, answer });
});

afterEach(() => server.close());

const get = (path: string, method = "GET") => fetch(`http://127.0.0.1:${server.port}${path}`, { method });

describe("a day's page", () => {
  test("has the cars in order, each with its readings in order; what names no car is shown apart", async () => {
    const page = (await (await get("/days/20260101")).json()) as DayPage;
    expect(page).toEqual({
      day: "20260101",
      cars: [
        { car: "A0001", count: 1, first: "20260101000000", last: "20260101000000", times: ["20260101000000"] },
        {
          car: "O0010",
          count: 2,
          first: "20260101120001",
          last: "20260101120003",
          times: ["20260101120001", "20260101120003"],
        },
      ],
      strangers: ["junk"],
      expiresInSeconds: 600,
      latency: { requests: 0, p50Ms: 0, p99Ms: 0 },
    });
  });

  test("comes without times when they are not wanted", async () => {
    const page = (await (await get("/days/20260101?times=no")).json()) as DayPage;
    expect(page.cars[0]).toEqual({ car: "A0001", count: 1, first: "20260101000000", last: "20260101000000" });
  });

  test("of a day of which nothing is known is empty, and no error", async () => {
    const answer = await get("/days/20260102");
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ cars: [], strangers: [], expiresInSeconds: null });
  });

  test("says how long the requests before it took; metrics say it too", async () => {
    for (let asked = 0; asked < 20; asked += 1) await (await get("/days/20260101")).text();
    const { latency } = (await (await get("/days/20260101")).json()) as DayPage;
    expect(latency.requests).toBe(20);
    expect(latency.p99Ms).toBeGreaterThan(0);
    expect(latency.p99Ms).toBeGreaterThanOrEqual(latency.p50Ms);
    expect(await registry.metrics()).toMatch(/lab_over_speed_request_seconds\{quantile="0\.99",page="day"\} 0\.\d+/);
  });
});

test("the days are those whose keys are days, in order", async () => {
  expect(await (await get("/days")).json()).toEqual({
    days: [
      { day: "20251231", members: 1, expiresInSeconds: 600 },
      { day: "20260101", members: 4, expiresInSeconds: 600 },
    ],
  });
});

test.each([
  ["/days/20260230", "GET", 400],
  ["/days/2026-01-01", "GET", 400],
  ["/days/20260101", "POST", 405],
  ["/days/20260101/cars", "GET", 404],
  ["//", "GET", 404],
  ["/", "GET", 404],
])("%s %s is answered with %i", async (path, method, status) => {
  expect((await get(path, method)).status).toBe(status);
});

test("while Redis is away pages say so, and the job goes on", async () => {
  broken = true;
  const answer = await get("/days/20260101");
  expect([answer.status, await answer.json()]).toEqual([503, { error: "nobody answers" }]);
  broken = false;
  expect((await get("/days/20260101")).status).toBe(200);
});

test("what people read of a day", () => {
  const page = { day: "20260101", ...speedersOf(sets.get("20260101") ?? [], false), expiresInSeconds: 7000 };
  expect(overSpeedText({ ...page, latency: { requests: 200, p50Ms: 0.8, p99Ms: 2.4 } }).split("\n")).toEqual([
    "CAR    READINGS  FIRST     LAST",
    "A0001         1  00:00:00  00:00:00",
    "O0010         2  12:00:01  12:00:03",
    "",
    "20260101: 2 cars were speeding, at 3 readings; Redis forgets the day in 117 min",
    "1 members name no car and time: junk …",
    "requests: 200, half of them within 0.8 ms, 99 of 100 within 2.4 ms",
  ]);
  const nothing = { cars: [], strangers: [], expiresInSeconds: null, latency: { requests: 0, p50Ms: 0, p99Ms: 0 } };
  expect(overSpeedText({ day: "20260102", ...nothing })).toBe("20260102: 0 cars were speeding, at 0 readings");
});

test("a member is what it says, both ways; anything else is none", () => {
  const member = "O0010-20260101120003";
  expect(memberOf(parseMember(member) ?? { car: "", date: "" })).toBe(member);
  for (const other of ["O0010", "o0010-20260101120003", "O0010-20260230120003", `${member}x`, ""]) {
    expect(parseMember(other)).toBeUndefined();
  }
  expect(["20260101", "20260230", "2026010", "smartcar:rules"].map(isDayKey)).toEqual([true, false, false, false]);
});

test.each([
  [{ addresses: ["redis:6379"] }, true],
  [{ addresses: ["a:26379", "b:26379"], master: "lab", passwordFile: "/etc/secrets/redis/password" }, true],
  [{ addresses: [] }, false],
  [{ addresses: ["redis"] }, false],
  [{ addresses: ["redis:6379"], master: "" }, false],
  [{ addresses: ["redis:6379"], password: "x" }, false],
])("config with redis %j", (redis, fine) => {
  expect(overSpeedSchema.safeParse({ http: { port: 8080 }, redis }).success).toBe(fine);
});
