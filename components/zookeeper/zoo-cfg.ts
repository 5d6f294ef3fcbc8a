/** Port of clients. */
export const CLIENT_PORT = 2181;
/** Port on which followers talk to their leader. */
export const QUORUM_PORT = 2888;
/** Port on which servers elect a leader. */
export const ELECTION_PORT = 3888;

/** Directory of the data volume: snapshots, transaction logs, and the files a server writes for itself. */
export const DATA_DIRECTORY = "/var/lib/zookeeper";
/** Below this limit a server preallocates its transaction logs in small steps. */
const SMALL_MIB = 512;

/** Name of one server as the others and all clients reach it. */
export function serverHost(namespace: string, ordinal: number): string {
  return `zookeeper-${ordinal}.zookeeper-servers.${namespace}.svc.cluster.local`;
}

/** Says in one line what is wrong with a number of servers; undefined when nothing is. */
export function serversProblem(servers: number): string | undefined {
  if (servers === 1 || servers === 3) return undefined;
  return `servers must be 1 or 3: one alone, or three that survive the loss of one; got ${servers}`;
}

/** Text of zoo.cfg, the settings that never change while a server runs. */
export function zooCfg(servers: number, memoryMiB: number): string {
  const lines: Record<string, string | number | boolean> = {
    tickTime: 2000,
    initLimit: 15,
    syncLimit: 5,
    dataDir: `${DATA_DIRECTORY}/data`,
    // Beside the data: the mount that this file comes from cannot be written.
    dynamicConfigFile: `${DATA_DIRECTORY}/zoo.cfg.dynamic`,
    standaloneEnabled: servers === 1,
    // Who belongs to the ensemble is declared. A server told otherwise while it runs would forget it at its next start.
    reconfigEnabled: false,
    // A server listens before its own name can be looked up.
    quorumListenOnAllIPs: true,

    "4lw.commands.whitelist": "ruok,srvr,mntr",
    "admin.enableServer": false,
    "autopurge.snapRetainCount": 3,
    "autopurge.purgeInterval": 1,
    preAllocSize: memoryMiB < SMALL_MIB ? 4096 : 65536,
  };
  return `${Object.entries(lines)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n")}\n`;
}

/** Text of the dynamic configuration: who belongs to the ensemble, and where clients are served. */
export function zooCfgDynamic(namespace: string, servers: number): string {
  const ordinals = Array.from({ length: servers }, (_, ordinal) => ordinal);
  return `${ordinals
    .map((ordinal) => {
      const address = `${serverHost(namespace, ordinal)}:${QUORUM_PORT}:${ELECTION_PORT}:participant`;
      return `server.${ordinal + 1}=${address};0.0.0.0:${CLIENT_PORT}`;
    })
    .join("\n")}\n`;
}
