import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Listen } from "./process-spec";

/** A socket somebody listens on. */
export interface Listener extends Listen {
  /** By which its process is found. */
  readonly inode: string;
}

const TCP_LISTEN = "0A";
/** A UDP socket that only receives is "closed" to the kernel. */
const UDP_UNCONNECTED = "07";

/** Listening sockets of a table as in /proc/net/tcp, tcp6, udp and udp6. */
export function parseListeners(protocol: Listen["protocol"], table: string): Listener[] {
  const state = protocol === "tcp" ? TCP_LISTEN : UDP_UNCONNECTED;
  return table
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, local, , st, , , , , , inode] = line.trim().split(/\s+/);
      const [address, port] = local?.split(":") ?? [];
      if (!address || !port || !inode || st !== state) return [];
      return [{ protocol, address: addressOf(address), port: Number.parseInt(port, 16), inode }];
    });
}

/** Whether a socket at `b` keeps us from opening one at `a`. `::` takes IPv4 too. */
export function conflicts(a: Listen, b: Listen): boolean {
  if (a.protocol !== b.protocol || a.port !== b.port) return false;
  return b.address === a.address || ["0.0.0.0", "::", `::ffff:${a.address}`].includes(b.address);
}

/** All listening sockets of this network namespace. */
export function currentListeners(): Listener[] {
  return (["tcp", "udp"] as const).flatMap((protocol) =>
    ["", "6"].flatMap((family) => {
      try {
        return parseListeners(protocol, readFileSync(`/proc/net/${protocol}${family}`, "utf8"));
      } catch {
        return []; // no IPv6 on this machine
      }
    }),
  );
}

/** A process that holds a socket. */
export interface Owner {
  pid: number;
  name: string;
  /** It has been killed and is being taken apart: of what it was started with, nothing is left to see. */
  dying: boolean;
}

/** The process that holds a socket. */
export function ownerOf({ inode }: Listener): Owner | undefined {
  const link = `socket:[${inode}]`;
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (Number.isInteger(pid) && holds(pid, link)) {
      return { pid, name: readText(`/proc/${pid}/comm`).trim(), dying: readText(`/proc/${pid}/cmdline`) === "" };
    }
  }
  return undefined;
}

function holds(pid: number, link: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readLink(`/proc/${pid}/fd/${fd}`) === link);
  } catch {
    return false; // gone meanwhile
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // gone meanwhile
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** The kernel writes each 32-bit word in the machine's byte order. */
function addressOf(hex: string): string {
  const words = (hex.match(/.{8}/g) ?? []).map((word) => (word.match(/../g) ?? []).reverse());
  const bytes = words.flat().map((byte) => Number.parseInt(byte, 16));
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.every((byte) => byte === 0)) return "::";
  if (bytes.slice(0, 10).every((b) => b === 0) && bytes[10] === 255 && bytes[11] === 255) {
    return `::ffff:${bytes.slice(12).join(".")}`;
  }
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return groups.join(":");
}
