import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { BRIDGE } from "./layout";
import { readJson, writeJson } from "./supervisor/files";

/** Kernel settings the lab needs. */
export const NEEDED: Readonly<Record<string, string>> = {
  "net/ipv4/ip_forward": "1",
  // Pods of one bridge talk through it, not through the routing: only so do Services and NetworkPolicies see their packets.
  "net/bridge/bridge-nf-call-iptables": "1",
  "net/bridge/bridge-nf-call-ip6tables": "1",
};

/** Settings of our own bridge, which go with it. */
const OF_BRIDGE: Readonly<Record<string, string>> = {
  [`net/ipv6/conf/${BRIDGE}/disable_ipv6`]: "1",
};

/** Settings the kubelet and kube-proxy change by themselves, and which are put back as well. */
const TOUCHED = [
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxkeys",
  "kernel/keys/root_maxbytes",
  "net/netfilter/nf_conntrack_max",
  "net/netfilter/nf_conntrack_tcp_be_liberal",
  "net/netfilter/nf_conntrack_tcp_timeout_established",
  "net/netfilter/nf_conntrack_tcp_timeout_close_wait",
  "net/ipv4/conf/all/arp_ignore",
  "net/ipv4/conf/all/arp_announce",
];

/** Settings by path below /proc/sys. */
export type Sysctls = Record<string, string>;

interface Saved {
  boot: string;
  values: Sysctls;
}

/** Keeps the settings as they are now, unless they were kept already since the machine started. */
export function saveSysctls(path: string): Sysctls {
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const before = readJson<Saved>(path);
  if (before?.boot === boot) return before.values;
  const values: Sysctls = {};
  for (const name of [...Object.keys(NEEDED), ...TOUCHED]) {
    const value = read(name);
    if (value !== undefined) values[name] = value;
  }
  writeJson(path, { boot, values } satisfies Saved);
  return values;
}

/** Sets what the lab needs; `bridge`: also what belongs to the bridge, which must exist. */
export function setSysctls(): void {
  for (const [name, value] of Object.entries({ ...NEEDED, ...OF_BRIDGE })) {
    if (existsSync(file(name)) && read(name) !== value) writeFileSync(file(name), value);
  }
}

/** Whether everything the lab needs is set. */
export function sysctlsAreSet(): boolean {
  return Object.entries(NEEDED).every(([name, value]) => [undefined, value].includes(read(name)));
}

/** Puts back what {@link saveSysctls} kept. */
export function restoreSysctls(path: string): void {
  for (const [name, value] of Object.entries(readJson<Saved>(path)?.values ?? {})) {
    if (existsSync(file(name)) && read(name) !== value) writeFileSync(file(name), value);
  }
}

function read(name: string): string | undefined {
  try {
    return readFileSync(file(name), "utf8").trim();
  } catch {
    return undefined; // this kernel does not have it
  }
}

function file(name: string): string {
  return `/proc/sys/${name}`;
}
