import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseLogDate } from "../core/driver-log";
import type { Answer } from "../core/http";
import { type Log, messageOf } from "../core/log";
import type { DriverLogRange, ServedStatusFile } from "../core/status-file";
import { linesBetween } from "./hour-files";

/** What is asked for over HTTP. */
export interface Served {
  readonly directory: string;
  readonly range: () => Promise<DriverLogRange>;
  readonly statusFiles: () => Promise<readonly ServedStatusFile[]>;
}

/**
 * What the cars really did, for those who check what came of it: `/driver-log?from=…&to=…` (both `yyyyMMddHHmmss`, included),
 * `/driver-log/range` and `/status-files`.
 */
export function answers({ directory, range, statusFiles }: Served, log: Log): Answer {
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://cars");
    const work = (): Promise<void> | undefined => {
      switch (pathname) {
        case "/driver-log":
          return sendLines(response, directory, searchParams.get("from") ?? "", searchParams.get("to") ?? "");
        case "/driver-log/range":
          return sendJson(response, range());
        case "/status-files":
          return sendJson(response, statusFiles());
        default:
          return undefined;
      }
    };
    const working = work();
    working?.catch((error) => {
      if (request.destroyed) return; // who asked has gone
      log.warn("a request failed", { path: pathname, error: messageOf(error) });
      if (!response.headersSent) send(response, 500, `${messageOf(error)}\n`);
      else response.destroy(); // so that what was sent is not taken for all of it
    });
    return working !== undefined;
  };
}

async function sendLines(response: ServerResponse, directory: string, from: string, to: string): Promise<void> {
  for (const [name, date] of [
    ["from", from],
    ["to", to],
  ] as const) {
    if (parseLogDate(date) !== undefined) continue;
    send(response, 400, `${name} must be yyyyMMddHHmmss, got "${date}"\n`);
    return;
  }
  response.writeHead(200, { "content-type": "text/csv; charset=utf-8" });
  await pipeline(Readable.from(linesBetween(directory, from, to)), response);
}

async function sendJson(response: ServerResponse, asked: Promise<unknown>): Promise<void> {
  const body = `${JSON.stringify(await asked)}\n`;
  response.writeHead(200, { "content-type": "application/json" }).end(body);
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(body);
}
