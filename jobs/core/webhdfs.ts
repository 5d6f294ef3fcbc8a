import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { messageOf } from "./log";

/** HDFS as jobs reach it. */
export const webHdfsSchema = z.strictObject({
  /** Every NameNode's address; the active one is found. @example ["http://namenode:9870"] */
  urls: z.array(z.string().regex(/^https?:\/\/[^\s/]+$/, "must be http://host:port without a path")).min(1),
  /** Name under which files are made. */
  user: z.string().regex(/^[a-z][a-z0-9_-]*$/, "must be a user name"),
  /** How long a NameNode may be away or in safe mode before a call fails. @default 60 000 */
  patienceMs: z.int().min(0).optional(),
});

/** A directory of HDFS in a config. */
export const directorySchema = z.string().regex(/^(\/[A-Za-z0-9_-]+)+$/, "must be an absolute path without dots");

export type WebHdfsConfig = z.infer<typeof webHdfsSchema>;

/** A file or directory. */
export interface HdfsFile {
  readonly path: string;
  readonly name: string;
  readonly directory: boolean;
  /** Bytes; 0 for a directory. */
  readonly length: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** What is in a directory and below. */
export interface ContentSummary {
  readonly length: number;
  readonly files: number;
  readonly directories: number;
}

/** What is written: whole, or piece by piece. */
export type HdfsBody = Buffer | string | AsyncIterable<Buffer>;

/** Files of HDFS. Paths are absolute; every method throws HdfsError. */
export interface WebHdfs {
  /** Entries of a directory by name; undefined when there is none. */
  list(path: string): Promise<HdfsFile[] | undefined>;
  /** Undefined when there is no such file. */
  status(path: string): Promise<HdfsFile | undefined>;
  /** A file's bytes in pieces, in bounded memory. A read that breaks goes on where it broke. */
  read(path: string): AsyncIterable<Buffer>;
  /** Writes a new file, or another one in the place of an old one. Its directory is made. */
  create(path: string, body: HdfsBody): Promise<void>;
  append(path: string, body: HdfsBody): Promise<void>;
  /** Moves a file in one step, replacing what is there. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a directory with all that is in it. @returns false when there was none */
  delete(path: string): Promise<boolean>;
  mkdirs(path: string): Promise<void>;
  /** Undefined when there is no such directory. */
  contentSummary(path: string): Promise<ContentSummary | undefined>;
}

/** A call HDFS refused, or nobody answered. The message is one line. */
export class HdfsError extends Error {
  override readonly name = "HdfsError";

  constructor(
    /** Operation and path. */
    readonly call: string,
    /** HTTP status; 0 when there was no answer. */
    readonly status: number,
    /** Java's name of the exception, without its package. @example "FileNotFoundException" */
    readonly exception: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    const said = [status === 0 ? "" : String(status), exception, detail].filter((part) => part !== "").join(" ");
    super(`HDFS, ${call}: ${said.replace(/\s+/g, " ").slice(0, 500)}`, options);
  }
}

/** Answers of a NameNode that is not (yet) the one to ask: the call had no effect. */
const NOT_NOW = new Set(["StandbyException", "RetriableException", "SafeModeException"]);
/** Failures of a connection that was never made: the call had no effect. */
const NO_CONNECTION = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT"]);
const CALL_TIMEOUT_MS = 60_000;
const PAUSE_MS = 1_000;
const MOST_BREAKS = 8;

type Method = "GET" | "PUT" | "POST" | "DELETE";
type Parameters = Readonly<Record<string, string>>;

/** HDFS behind the NameNodes' WebHDFS. */
export function connectWebHdfs({ urls, user, patienceMs = 60_000 }: WebHdfsConfig): WebHdfs {
  let active = 0;

  /** One call to the active NameNode; others are tried, for a while, when it is not the one any more. */
  const call = async (method: Method, path: string, op: string, parameters: Parameters = {}): Promise<Response> => {
    const title = `${op} ${path}`;
    const query = new URLSearchParams({ op, "user.name": user, ...parameters });
    const deadline = performance.now() + patienceMs;
    for (let attempt = 1; ; attempt += 1) {
      const failure = await once(title, method, `${urls[active]}/webhdfs/v1${encoded(path)}?${query}`);
      if (failure instanceof Response) return failure;
      if (!isPassing(failure)) throw failure;
      active = (active + 1) % urls.length;
      if (attempt % urls.length !== 0) continue;
      if (performance.now() >= deadline) throw failure;
      await setTimeout(PAUSE_MS);
    }
  };

  const json = async <T>(method: Method, path: string, op: string, parameters?: Parameters): Promise<T> => {
    const response = await call(method, path, op, parameters);
    return (await response.json()) as T;
  };

  /** Sends a body where the NameNode says; the NameNode itself gets none. */
  const write = async (method: Method, path: string, op: string, body: HdfsBody, parameters?: Parameters) => {
    const location = redirection(await call(method, path, op, parameters), `${op} ${path}`);
    await send(`${op} ${path}`, method, location, body);
  };

  return {
    list: (path) =>
      orUndefined(async () => {
        const { FileStatuses } = await json<{ FileStatuses: { FileStatus: FileStatus[] } }>("GET", path, "LISTSTATUS");
        // The listing of a file is the file itself, under an empty name.
        const found = FileStatuses.FileStatus.filter(({ pathSuffix }) => pathSuffix !== "");
        return found.map((status) => fileOf(`${path.replace(/\/$/, "")}/${status.pathSuffix}`, status));
      }),
    status: (path) =>
      orUndefined(async () =>
        fileOf(path, (await json<{ FileStatus: FileStatus }>("GET", path, "GETFILESTATUS")).FileStatus),
      ),
    async *read(path) {
      let offset = 0;
      for (let breaks = 0; ; ) {
        const title = `OPEN ${path}`;
        try {
          const location = redirection(await call("GET", path, "OPEN", { offset: String(offset) }), title);
          const { body } = await answered(title, fetch(location));
          for await (const piece of body ?? []) {
            offset += piece.length;
            yield Buffer.from(piece.buffer, piece.byteOffset, piece.length);
            breaks = 0;
          }
          return;
        } catch (error) {
          if (error instanceof HdfsError && error.status !== 0) throw error;
          breaks += 1;
          if (breaks > MOST_BREAKS) throw noAnswer(title, error);
          await setTimeout(Math.min(PAUSE_MS * 2 ** (breaks - 1), 10_000));
        }
      }
    },
    create: (path, body) => write("PUT", path, "CREATE", body, { overwrite: "true" }),
    append: (path, body) => write("POST", path, "APPEND", body),
    async rename(from, to) {
      // Without an option RENAME neither replaces nor says why it did nothing.
      await call("PUT", from, "RENAME", { destination: to, renameoptions: "OVERWRITE" });
    },
    delete: async (path) => (await json<{ boolean: boolean }>("DELETE", path, "DELETE", { recursive: "true" })).boolean,
    async mkdirs(path) {
      await call("PUT", path, "MKDIRS");
    },
    contentSummary: (path) =>
      orUndefined(async () => {
        const { ContentSummary } = await json<{
          ContentSummary: { length: number; fileCount: number; directoryCount: number };
        }>("GET", path, "GETCONTENTSUMMARY");
        const { length, fileCount, directoryCount } = ContentSummary;
        return { length, files: fileCount, directories: directoryCount };
      }),
  };
}

/** A file as WebHDFS writes it. */
interface FileStatus {
  readonly pathSuffix: string;
  readonly type: "FILE" | "DIRECTORY";
  readonly length: number;
  readonly modificationTime: number;
}

function fileOf(path: string, { type, length, modificationTime }: FileStatus): HdfsFile {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return { path, name, directory: type === "DIRECTORY", length, modifiedMs: modificationTime };
}

async function once(title: string, method: Method, url: string): Promise<Response | HdfsError> {
  const asked = fetch(url, { method, redirect: "manual", signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
  try {
    return await answered(title, asked);
  } catch (error) {
    if (error instanceof HdfsError) return error;
    throw error;
  }
}

/** An answer that is no failure; redirections are none. @throws HdfsError */
async function answered(title: string, asked: Promise<Response>): Promise<Response> {
  let response: Response;
  try {
    response = await asked;
  } catch (error) {
    throw noAnswer(title, error);
  }
  if (response.status < 400) return response;
  throw refusal(title, response.status, await response.text().catch(() => ""));
}

function refusal(title: string, status: number, text: string): HdfsError {
  const { exception = "", message = text } = remoteException(text);
  return new HdfsError(title, status, exception, message.split("\n")[0] ?? "");
}

function remoteException(text: string): { exception?: string; message?: string } {
  try {
    return (JSON.parse(text) as { RemoteException?: object }).RemoteException ?? {};
  } catch {
    return {};
  }
}

function redirection(response: Response, title: string): string {
  const location = response.headers.get("location");
  if (location === null) throw new HdfsError(title, response.status, "", "no DataNode was named");
  return location;
}

/** Sends a body to a DataNode. It answers `100 Continue` unasked, which Node's fetch takes for a broken answer. */
async function send(title: string, method: Method, location: string, body: HdfsBody): Promise<void> {
  const pieces = typeof body === "string" || Buffer.isBuffer(body) ? [Buffer.from(body)] : body;
  try {
    const request = location.startsWith("https:") ? httpsRequest : httpRequest;
    const sending = request(location, { method, headers: { "content-type": "application/octet-stream" } });
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      sending.once("response", resolve).once("error", reject);
    });
    // A refusal comes before the body was taken, and breaks its connection: then the refusal is the error.
    const [answered, written] = await Promise.allSettled([answer, pipeline(Readable.from(pieces), sending)]);
    if (answered.status === "rejected") throw answered.reason;
    const text = await textOf(answered.value);
    const { statusCode = 0 } = answered.value;
    if (statusCode >= 300) throw refusal(title, statusCode, text);
    if (written.status === "rejected") throw written.reason;
  } catch (error) {
    throw noAnswer(title, error);
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of answer.setEncoding("utf8")) text += piece;
  return text;
}

function noAnswer(title: string, error: unknown): HdfsError {
  if (error instanceof HdfsError) return error;
  // `fetch failed` says nothing; its cause does.
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return new HdfsError(title, 0, code, messageOf(cause), { cause });
}

function isPassing({ status, exception }: HdfsError): boolean {
  return status === 0 ? NO_CONNECTION.has(exception) : NOT_NOW.has(exception);
}

async function orUndefined<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof HdfsError && error.exception === "FileNotFoundException") return undefined;
    throw error;
  }
}

function encoded(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
