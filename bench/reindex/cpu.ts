import { readdirSync, readFileSync } from "node:fs";
import { cpuSeconds } from "../cpu";

/** Main classes of the servers that take part, in whatever container of this machine they run. */
const SERVERS = [
  "org.apache.druid.cli.Main",
  "org.apache.hadoop.hdfs.server.namenode.NameNode",
  "org.apache.hadoop.hdfs.server.datanode.DataNode",
];

/** User and system time that Druid's and HDFS's processes on this machine have used, by process. */
export function serverSeconds(): Map<number, number> {
  const found = new Map<number, number>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const words = readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0");
      if (!SERVERS.some((name) => words.includes(name))) continue;
      found.set(Number(entry), cpuSeconds(Number(entry)));
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

/** What was used between two looks. @throws when a server was started anew: its time is lost */
export function usedSeconds(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): number {
  if (before.size === 0) throw new Error("no process of Druid or HDFS runs on this machine");
  let used = 0;
  for (const [pid, seconds] of before) {
    const now = after.get(pid);
    if (now === undefined) throw new Error(`process ${pid} of Druid or HDFS has ended while it was measured`);
    used += now - seconds;
  }
  return used;
}
