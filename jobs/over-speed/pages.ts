import type { ServerResponse } from "node:http";
import { type Registry, Summary } from "prom-client";
import type { Answer } from "../core/http";
import { type Log, messageOf } from "../core/log";
import { isDayKey } from "../core/over-speed-set";
import type { Redis } from "../core/redis";
import { type Speeders, speedersOf } from "./speeders";

/** How long requests of a page took, of the last ten minutes. */
export interface Latency {
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Answer to `GET /days/yyyyMMdd`; with `?times=no`, cars come without their times. */
export interface DayPage extends Speeders {
  readonly day: string;
  /** Seconds until Redis forgets the day; null when there is nothing, or it is kept for ever. */
  readonly expiresInSeconds: number | null;
  /** Of this page's requests before this one. */
  readonly latency: Latency;
}

/** Answer to `GET /days`: days that have speeding cars, in order. */
export interface DaysPage {
  readonly days: readonly {
    readonly day: string;
    readonly members: number;
    readonly expiresInSeconds: number | null;
  }[];
}

/** What the pages need of the world. */
export interface PagesDeps {
  readonly redis: Pick<Redis, "members" | "keys" | "size" | "expiresIn">;
  readonly registry: Registry;
  readonly log: Pick<Log, "warn">;
}

const WINDOW_SECONDS = 600;

/** The job's pages: JSON, read from Redis for each request, whose time is measured. */
export function pages({ redis, registry, log }: PagesDeps): Answer {
  const taken = new Summary({
    name: "lab_over_speed_request_seconds",
    help: "Time of a request, from when it came to when its answer was written",
    labelNames: ["page"],
    percentiles: [0.5, 0.99],
    maxAgeSeconds: WINDOW_SECONDS,
    ageBuckets: 5,
    pruneAgedBuckets: false,
    registers: [registry],
  });

  const dayPage = async (day: string, withTimes: boolean): Promise<DayPage> => {
    const [members, expiresIn, latency] = await Promise.all([
      redis.members(day),
      redis.expiresIn(day),
      latencyOf(taken, "day"),
    ]);
    return { day, ...speedersOf(members, withTimes), expiresInSeconds: expiresIn ?? null, latency };
  };
  const daysPage = async (): Promise<DaysPage> => {
    const days = (await redis.keys("[0-9]*")).filter(isDayKey).sort();
    const rows = days.map(async (day) => {
      const [members, expiresIn] = await Promise.all([redis.size(day), redis.expiresIn(day)]);
      return { day, members, expiresInSeconds: expiresIn ?? null };
    });
    return { days: await Promise.all(rows) };
  };
  const measured = (page: "day" | "days", response: ServerResponse, made: () => Promise<unknown>): void => {
    const end = taken.startTimer({ page });
    made().then(
      (content) => {
        json(response, 200, content);
        end();
      },
      (error: unknown) => {
        log.warn("a request failed", { page, error: messageOf(error) });
        json(response, 503, { error: messageOf(error) });
        end();
      },
    );
  };

  return (request, response) => {
    const [path = "", query] = (request.url ?? "").split("?");
    const [, root, day, ...rest] = path.split("/");
    if (root !== "days" || rest.length > 0) return false;
    if (request.method !== "GET") json(response, 405, { error: `${request.method} is not allowed, GET is` });
    else if (day === undefined || day === "") measured("days", response, daysPage);
    else if (!isDayKey(day)) json(response, 400, { error: `"${day}" is no day, yyyyMMdd` });
    else measured("day", response, () => dayPage(day, new URLSearchParams(query).get("times") !== "no"));
    return true;
  };
}

async function latencyOf(taken: Summary<"page">, page: string): Promise<Latency> {
  const { values } = await taken.get();
  const of = values.filter(({ labels }) => labels.page === page);
  const ms = (quantile: number) => {
    const found = of.find(({ labels }) => "quantile" in labels && labels.quantile === quantile);
    return Math.round((found?.value ?? 0) * 1e6) / 1e3;
  };
  const requests = of.find(({ metricName }) => metricName?.endsWith("_count"))?.value ?? 0;
  return { requests, p50Ms: ms(0.5), p99Ms: ms(0.99) };
}

function json(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(`${JSON.stringify(content)}\n`);
}
