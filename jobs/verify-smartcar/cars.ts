import { setTimeout } from "node:timers/promises";
import { formatLogDate } from "../core/driver-log";
import { linesOf } from "../core/lines";
import { messageOf } from "../core/log";
import type { DriverLogRange, ServedStatusFile } from "../core/status-file";

/** What the cars really did, as their simulator tells it. */
export interface Cars {
  range(): Promise<DriverLogRange>;
  statusFiles(): Promise<readonly ServedStatusFile[]>;
  /** Driver log lines without padding, of the seconds since 1970 from one up to before another, in the order of time. */
  lines(from: number, to: number): Promise<string[]>;
}

const ATTEMPTS = 10;
const PAUSE_MS = 2_000;
const TIMEOUT_MS = 60_000;

/** The simulator behind `url`. A call that fails is tried again for a while, for the simulator may be starting. */
export function connectCars(url: string, pauseMs = PAUSE_MS): Cars {
  const get = async <T>(path: string, read: (response: Response) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      let response: Response | undefined;
      try {
        response = await fetch(url + path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
        if (response.ok) return await read(response);
        throw new Error(`${response.status} ${(await response.text()).trim()}`);
      } catch (error) {
        const refused = response !== undefined && response.status >= 400 && response.status < 500;
        if (refused || attempt >= ATTEMPTS)
          throw new Error(`the cars, GET ${path}: ${reasonOf(error)}`, { cause: error });
        await setTimeout(pauseMs);
      }
    }
  };
  return {
    range: () => get("/driver-log/range", (response) => response.json() as Promise<DriverLogRange>),
    statusFiles: () => get("/status-files", (response) => response.json() as Promise<ServedStatusFile[]>),
    lines: (from, to) =>
      get(`/driver-log?from=${formatLogDate(from)}&to=${formatLogDate(to - 1)}`, async ({ body }) => {
        const lines: string[] = [];
        if (body) for await (const some of linesOf(buffers(body))) lines.push(...some.map(String));
        return lines;
      }),
  };
}

async function* buffers(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const piece of body) yield Buffer.from(piece.buffer, piece.byteOffset, piece.length);
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  return messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
}
