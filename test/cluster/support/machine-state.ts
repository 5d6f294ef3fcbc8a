import { readdirSync, readFileSync } from "node:fs";
import { run } from "../../../cluster/core/run";

/** What a cluster could leave on the machine, as text that two moments can be compared by. */
export interface MachineState {
  readonly links: string;
  readonly routes: string;
  readonly nftables: string;
  readonly iptables: string;
  readonly ipsets: string;
  readonly mounts: string;
  readonly cgroups: string;
  readonly sysctls: string;
  readonly processes: string;
}

/** Kernel settings that clusters are known to change. */
const SYSCTLS = [
  "net/ipv4/ip_forward",
  "net/ipv4/conf/all/accept_redirects",
  "net/ipv4/conf/all/send_redirects",
  "net/bridge/bridge-nf-call-iptables",
  "net/bridge/bridge-nf-call-ip6tables",
  "net/netfilter/nf_conntrack_max",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxkeys",
  "kernel/keys/root_maxbytes",
];

/**
 * The machine as it is now.
 * @param programs directory of the cluster's executables
 */
export async function machineState(programs: string): Promise<MachineState> {
  const text = (command: string, ...args: string[]) => run(command, args).then(({ stdout }) => stdout);
  // Counters change all the time.
  const rules = async (command: string) => (await text(command)).replace(/^#.*\n/gm, "").replace(/\[\d+:\d+\]/g, "[]");
  const [links, routes4, routes6, rule, nftables, ip4, ip6, ipsets] = await Promise.all([
    text("ip", "-brief", "link"),
    text("ip", "-4", "route", "show", "table", "all"),
    text("ip", "-6", "route", "show", "table", "all"),
    text("ip", "rule"),
    text("nft", "list", "ruleset"),
    rules("iptables-save"),
    rules("ip6tables-save"),
    text("ipset", "list", "-name"),
  ]);
  return {
    links,
    routes: [routes4, routes6, rule].join("\n"),
    nftables,
    iptables: ip4 + ip6,
    ipsets,
    mounts: sorted(
      readFileSync("/proc/self/mountinfo", "utf8")
        .split("\n")
        .flatMap((line) => line.split(" ")[4] ?? []),
    ),
    cgroups: sorted(
      readdirSync("/sys/fs/cgroup", { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isDirectory() && /bigdata-lab|kubepods|buildkit/.test(entry.name))
        .map((entry) => `${entry.parentPath}/${entry.name}`),
    ),
    sysctls: SYSCTLS.map((name) => `${name}=${readIfThere(`/proc/sys/${name}`)}`).join("\n"),
    processes: sorted(
      readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map((pid) => readIfThere(`/proc/${pid}/cmdline`).split("\0")[0] ?? "")
        // Pulumi is of the toolchain too, and talks to whatever cluster it was told to.
        .filter((program) => program.startsWith(`${programs}/`) && !/pulumi/.test(program)),
    ),
  };
}

function sorted(lines: string[]): string {
  return lines.sort().join("\n");
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}
