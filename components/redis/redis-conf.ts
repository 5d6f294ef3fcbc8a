/** Port of a server. */
export const REDIS_PORT = 6379;
/** Port of a Sentinel. */
export const SENTINEL_PORT = 26379;
/** Volume of a server and of the Sentinel beside it. */
export const DATA_DIRECTORY = "/var/lib/redis";
/** Name under which Sentinels watch the master; the image's scripts know it too. */
export const MASTER = "lab";
/** Service of the servers one by one. */
export const SERVERS = "redis-servers";

/** What an empty server needs, and what a child that writes a snapshot has for itself: measured 12 and 2 MiB. */
const BASE_MIB = 16;
/**
 * Share of the rest for data. Measured with 48 MiB of it: 55 MiB in use, and less than one more for what changes while a child
 * reads it, for members are added and hardly anything is changed.
 */
const DATA_SHARE = 0.75;
/** Replicas of one master. */
const REPLICAS = 2;
/** Smaller limits, of a server alone and of one with replicas, leave no room for a day of speeding cars. */
const LEAST_MIB = { alone: 32, replicated: 40 };

/** Says in one line what is wrong with the servers asked for; undefined when nothing is. */
export function shapeProblem(servers: number, memoryMiB: number, hasSentinel: boolean): string | undefined {
  if (servers !== 1 && servers !== 3) {
    return `servers must be 1 or 3: one alone, or three between which Sentinels choose; got ${servers}`;
  }
  if ((servers === 3) !== hasSentinel) return "sentinel is needed with three servers, and not otherwise";
  const least = servers > 1 ? LEAST_MIB.replicated : LEAST_MIB.alone;
  if (memoryMiB < least) return `memoryMiB must be at least ${least}, got ${memoryMiB}`;
  return undefined;
}

/** What a server of this limit has for data, in MiB: the rest is for its buffers, for what memory is lost in, and for itself. */
export function dataMiB(memoryMiB: number, replicated: boolean): number {
  const { backlog, perReplica } = replicationMiB(memoryMiB, replicated);
  return Math.floor((memoryMiB - BASE_MIB - backlog - REPLICAS * perReplica) * DATA_SHARE);
}

/**
 * What a master keeps for replicas that were away, and for each that is behind. Little will do: a day of speeding cars is some
 * 10 MiB of writes, and a replica that has to copy everything at the start needs 2 s for a week of them.
 */
function replicationMiB(memoryMiB: number, replicated: boolean): { backlog: number; perReplica: number } {
  if (!replicated) return { backlog: 0, perReplica: 0 };
  return {
    backlog: Math.max(1, Math.floor((memoryMiB - BASE_MIB) / 32)),
    perReplica: Math.max(4, Math.floor((memoryMiB - BASE_MIB) / 16)),
  };
}

/** Name of each server as the others, Sentinels and clients reach it. */
export function serverHosts(namespace: string, servers: number): string[] {
  return Array.from({ length: servers }, (_, ordinal) => `redis-${ordinal}.${SERVERS}.${namespace}.svc.cluster.local`);
}

/** Text of redis.conf. The password, and who is whose replica, are added at each start: see the image's `start`. */
export function redisConf(memoryMiB: number, replicated: boolean): string {
  const { backlog, perReplica } = replicationMiB(memoryMiB, replicated);
  return text([
    ["bind", "* -::*"],
    ["port", REDIS_PORT],
    ["protected-mode", "no"], // every client needs the password
    ["dir", `${DATA_DIRECTORY}/data`],
    ["tcp-keepalive", 60],
    ["maxclients", 200],
    ["databases", 1],

    // An answer means that the write is on disk: whoever got one need not send it again.
    ["appendonly", "yes"],
    ["appendfsync", "always"],
    ["auto-aof-rewrite-min-size", "8mb"],
    ["save", "3600 1 300 100"],

    ["maxmemory", `${dataMiB(memoryMiB, replicated) + backlog}mb`], // it counts the backlog, and no replica's buffer
    ["maxmemory-policy", "noeviction"], // a full server says so; it forgets nothing before its time
    ["maxmemory-clients", "25%"],
    ...(replicated
      ? ([
          // A master that nobody copies is perhaps one of two: it must take nothing that the other one will not have.
          ["min-replicas-to-write", 1],
          ["min-replicas-max-lag", 10],
          ["repl-backlog-size", `${backlog}mb`],
          ["client-output-buffer-limit", `replica ${perReplica}mb 0 0`],
        ] as const)
      : []),
  ]);
}

/** Text of sentinel.conf: what is declared. What a Sentinel finds out is added by itself: see the image's `sentinel`. */
export function sentinelConf(): string {
  return text([
    ["bind", "* -::*"],
    ["port", SENTINEL_PORT],
    ["protected-mode", "no"],
    ["dir", `${DATA_DIRECTORY}/sentinel`],
    // A pod keeps its name, not its address.
    ["sentinel resolve-hostnames", "yes"],
    ["sentinel announce-hostnames", "yes"],
    [`sentinel down-after-milliseconds ${MASTER}`, 5_000],
    [`sentinel failover-timeout ${MASTER}`, 30_000],
    [`sentinel parallel-syncs ${MASTER}`, 1],
  ]);
}

function text(lines: readonly (readonly [key: string, value: string | number])[]): string {
  return `${lines.map(([key, value]) => `${key} ${value}`).join("\n")}\n`;
}
