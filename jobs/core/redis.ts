import { readFileSync } from "node:fs";
import { Redis as Client, type RedisOptions } from "ioredis";
import { z } from "zod";
import { messageOf } from "./log";

/** Redis as jobs reach it. */
export const redisSchema = z.strictObject({
  /** `host:port` of the server or, with a master's name, of the Sentinels. @example ["redis:6379"] */
  addresses: z.array(z.string().regex(/^[^\s:]+:\d+$/, "must be host:port")).min(1),
  /** Name under which the Sentinels know the master. @default the address is the server's own */
  master: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, "must be a name")
    .optional(),
  /** File with the password of servers and Sentinels. @default none */
  passwordFile: z.string().min(1).optional(),
  /** How long one call may take, new connections and a failover included. @default 20 000 */
  timeoutMs: z.int().min(100).optional(),
});

/** Redis as it is written in a config. */
export type RedisConfig = z.infer<typeof redisSchema>;

/** What jobs read of Redis. Every method throws RedisError when nobody answers in time. */
export interface Redis {
  /** Members of a set, in no order; none when there is no such key. */
  members(key: string): Promise<string[]>;
  /** Fields and values of a hash; none when there is no such key. */
  hash(key: string): Promise<ReadonlyMap<string, string>>;
  /** Keys that match a pattern, each once. */
  keys(pattern: string): Promise<string[]>;
  /** How many members a set has. */
  size(key: string): Promise<number>;
  /** Seconds until a key expires; undefined when it never does or is not there. */
  expiresIn(key: string): Promise<number | undefined>;
  /** Resolves when the server answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Redis refused something, or nobody answered. The message is one line. */
export class RedisError extends Error {
  override readonly name = "RedisError";
}

const CONNECT_TIMEOUT_MS = 5_000;
const SILENCE_MS = 8_000;
const PAUSE_MS = 500;

/** What a client is made with; exported for tests that write. The password is read again before every new connection. */
export function clientOptions(config: RedisConfig): RedisOptions {
  const { addresses, master, passwordFile, timeoutMs = 20_000 } = config;
  const hosts = addresses.map((address) => {
    const cut = address.lastIndexOf(":");
    return { host: address.slice(0, cut), port: Number(address.slice(cut + 1)) };
  });
  const password = passwordFile === undefined ? undefined : readFileSync(passwordFile, "utf8").trimEnd();
  return {
    ...(master === undefined ? hosts[0] : { sentinels: hosts, name: master, sentinelRetryStrategy: () => PAUSE_MS }),
    ...(password === undefined ? {} : { password, ...(master === undefined ? {} : { sentinelPassword: password }) }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: timeoutMs,
    socketTimeout: SILENCE_MS, // a machine that is gone closes no connection
    maxRetriesPerRequest: null, // the timeout ends a call, not the number of connections that were tried for it
    retryStrategy: () => PAUSE_MS,
    // After a failover the old master is a replica, or a master whom nobody copies: then ask the Sentinels again.
    reconnectOnError: (error) => (/^(READONLY|NOREPLICAS|MASTERDOWN)/.test(error.message) ? 2 : false),
  };
}

/** Redis behind `config`. Connects when it is first asked, and again after every break. */
export function connectRedis(config: RedisConfig): Redis {
  const client = new Client({ ...clientOptions(config), lazyConnect: true });
  let lastError = "";
  client.on("error", (error: unknown) => {
    lastError = messageOf(error); // what a call that times out is told to have failed of
    if (/WRONGPASS|NOAUTH/.test(lastError)) Object.assign(client.options, passwords(config));
  });
  const call = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      const said = messageOf(cause);
      const reason = said === "Command timed out" && lastError !== "" ? `${said}: ${lastError}` : said;
      throw new RedisError(`Redis, ${what}: ${reason.replace(/\s+/g, " ")}`, { cause });
    }
  };
  return {
    members: (key) => call(`SMEMBERS ${key}`, () => client.smembers(key)),
    hash: (key) => call(`HGETALL ${key}`, async () => new Map(Object.entries(await client.hgetall(key)))),
    keys: (pattern) =>
      call(`SCAN ${pattern}`, async () => {
        const found = new Set<string>();
        let cursor = "0";
        do {
          const [next, keys] = await client.scan(cursor, "MATCH", pattern, "COUNT", 1000);
          for (const key of keys) found.add(key);
          cursor = next;
        } while (cursor !== "0");
        return [...found];
      }),
    size: (key) => call(`SCARD ${key}`, () => client.scard(key)),
    expiresIn: (key) =>
      call(`TTL ${key}`, async () => {
        const seconds = await client.ttl(key);
        return seconds < 0 ? undefined : seconds;
      }),
    ping: () =>
      call("PING", async () => {
        await client.ping();
      }),
    close: async () => client.disconnect(),
  };
}

/** A secret that was changed meanwhile. */
function passwords(config: RedisConfig): Pick<RedisOptions, "password" | "sentinelPassword"> {
  const { password, sentinelPassword } = clientOptions(config);
  return { password, sentinelPassword };
}
