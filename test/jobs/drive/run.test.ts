import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkConfig } from "../../../jobs/core/config";
import type { RunningJob } from "../../../jobs/core/job";
import { createLog } from "../../../jobs/core/log";
import { Watchdog } from "../../../jobs/core/watchdog";
import { type DriveConfigInput, driveConfigSchema } from "../../../jobs/drive/config";
import { runDrive } from "../../../jobs/drive/run";

let directory: string;
let log: string[];
let job: RunningJob | undefined;
let server: Server | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lab-drive-"));
  log = [];
});
afterEach(async () => {
  server?.close();
  server = undefined;
  await job?.stop();
  job = undefined;
  rmSync(directory, { recursive: true, force: true });
});

function input(change: Partial<DriveConfigInput> = {}): DriveConfigInput {
  return {
    http: { port: 0 },
    cars: 5,
    keepHours: 1,
    maxMiB: 10,
    status: { lines: 50, everySeconds: 600 },
    directories: {
      driverLogs: join(directory, "driver"),
      statusSpool: join(directory, "status"),
      state: join(directory, "state"),
      positions: join(directory, "positions.json"),
    },
    ...change,
  };
}

async function start(change: Partial<DriveConfigInput> = {}): Promise<string> {
  const config = checkConfig(driveConfigSchema, input(change), "test");
  const started = await runDrive({
    config,
    log: createLog("drive", (line) => log.push(line)),
    registry: new Registry(),
    watchdog: new Watchdog(),
  });
  job = started;
  server = createServer((request, response) => {
    if (!started.answer?.(request, response)) response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server?.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!what()) {
    if (Date.now() > deadline) throw new Error(`it never came to that: ${log.join("")}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const logged = () => {
  const path = join(directory, "driver");
  return readdirSync(path).flatMap((name) => readFileSync(join(path, name), "utf8").split("\n").slice(0, -1));
};

test("cars drive, and what they wrote is served: readings, their range, and the status file of the interval before", async () => {
  const url = await start();
  const get = async (path: string) => (await fetch(`${url}${path}`)).text();
  await until(() => logged().length >= 10 && (job?.ready() ?? false));
  const range = JSON.parse(await get("/driver-log/range"));
  const lines = (await get(`/driver-log?from=${range.oldest}&to=${range.newest}`)).split("\n").slice(0, -1);
  expect(lines.length % 5).toBe(0);
  expect(lines).toEqual(logged().slice(0, lines.length));
  expect(lines.at(-1)?.slice(0, 14)).toBe(range.newest);
  await until(() => log.some((line) => line.includes("a status file is complete")));
  const [status] = JSON.parse(await get("/status-files"));
  expect(status).toMatchObject({ lines: 50, garbage: 0, waiting: true });
  expect(readdirSync(join(directory, "status"))).toEqual([status.name]);
  expect((await fetch(`${url}/driver-log?from=20260101&to=${range.newest}`)).status).toBe(400);
  expect((await fetch(`${url}/nothing`)).status).toBe(404);
});

test("a second instance on the same volume goes on behind the first, and does not make the status file again", async () => {
  await start();
  await until(() => logged().length >= 5 && log.some((line) => line.includes("a status file")));
  await job?.stop();
  const before = logged();
  await start();
  await until(() => logged().length > before.length);
  const dates = logged().map((line) => line.slice(0, 14));
  expect(dates).toEqual([...dates].sort());
  expect(new Set(logged()).size).toBe(logged().length);
  expect(log.filter((line) => line.includes("a status file"))).toHaveLength(1);
});

test("cars stand still while the disk budget is used up, and are not ready", async () => {
  await start({ cars: 400, readingBytes: 4096, maxMiB: 1 });
  await until(() => log.some((line) => line.includes("the disk budget is used up")));
  expect(logged()).toEqual([]);
  expect(job?.ready()).toBe(false);
});

test.each<[Partial<DriveConfigInput>, string]>([
  [{ status: { lines: 3_001, everySeconds: 600 } }, "status.lines: must be at most cars × everySeconds"],
  [{ cars: 20_000, maxMiB: 1, status: { lines: 20_000, everySeconds: 600 } }, "maxMiB: must hold at least two status"],
  [{ cars: 0 }, "cars: "],
  [{ readingBytes: 1_000_000 }, "readingBytes: "],
])("%j is refused: %s", (change, why) => {
  expect(() => checkConfig(driveConfigSchema, input(change), "test")).toThrow(why);
});
