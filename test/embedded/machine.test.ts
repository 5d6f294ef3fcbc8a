import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removeLeftovers } from "../../cluster/embedded/leftovers";
import { conflicts, parseListeners } from "../../cluster/embedded/listeners";
import { mountsBelow } from "../../cluster/embedded/mounts";
import { podLinks } from "../../cluster/embedded/pod-links";
import { parseTasks, statefulContainers } from "../../cluster/embedded/pods";
import { availableMemory, checkPorts, checkRoom } from "../../cluster/embedded/preflight";
import type { ProcessSpec } from "../../cluster/embedded/process-spec";
import { readRecord, refuseForeignCluster, writeRecord } from "../../cluster/embedded/record";
import { temporaryDirectory } from "../support/temporary";

const GIB = 1024 ** 3;
const temporary = () => temporaryDirectory("machine");

describe("listening sockets", () => {
  const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  it("are read from the kernel's tables", () => {
    const table = `${head}   0: 0100580A:192B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234 1 0
   1: 0100007F:0035 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 99 1 0
`;
    expect(parseListeners("tcp", table)).toEqual([
      { protocol: "tcp", address: "10.88.0.1", port: 6443, inode: "1234" },
    ]);
  });
  it("may be IPv6", () => {
    const address = (hex: string) =>
      parseListeners("udp", `${head}  1: ${hex}:0035 0:0000 07 0 00:0 0 0 0 7 2`)[0]?.address;
    expect(address("0".repeat(32))).toBe("::");
    expect(address("0000000000000000FFFF00000100580A")).toBe("::ffff:10.88.0.1");
    expect(address("00000000000000000000000001000000")).toBe("0:0:0:0:0:0:0:1");
  });
  it("conflict on the same or on every address", () => {
    const ours = { protocol: "tcp", address: "10.88.0.1", port: 53 } as const;
    const at = (address: string, port = 53) => conflicts(ours, { protocol: "tcp", address, port });
    expect(["10.88.0.1", "0.0.0.0", "::", "::ffff:10.88.0.1"].map((address) => at(address))).toEqual(
      Array(4).fill(true),
    );
    expect([at("127.0.0.53"), at("0.0.0.0", 54)]).toEqual([false, false]);
    expect(conflicts(ours, { protocol: "udp", address: "0.0.0.0", port: 53 })).toBe(false);
  });
});

describe("checkPorts", () => {
  const server = createServer();
  let port = 0;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    port = typeof address === "object" && address ? address.port : 0;
  });
  afterAll(() => server.close());
  const spec = (): ProcessSpec => ({
    name: "etcd",
    argv: [],
    log: "",
    after: [],
    ready: { kind: "none" },
    files: [],
    listens: [{ protocol: "tcp", address: "127.0.0.1", port }],
  });
  it("names the foreign process and the port", async () => {
    await expect(checkPorts([spec()], "/my/cluster")).rejects.toThrow(
      new RegExp(`\\(pid ${process.pid}\\) listens on 127\\.0\\.0\\.1:${port}, and etcd needs`),
    );
  });
  it("is content with a free port", async () => {
    const free = { ...spec(), listens: [{ protocol: "udp", address: "127.0.0.1", port } as const] };
    await checkPorts([free], "/my/cluster");
  });
});

describe("checkRoom", () => {
  it("refuses too little memory or disk in one sentence", () => {
    const layout = { data: temporary(), run: temporary() };
    expect(() => checkRoom(layout, 3.5 * GIB, 100 * GIB)).toThrow("3.5 GiB are available, the lab needs 4 GiB");
    expect(() => checkRoom(layout, 8 * GIB, GIB)).toThrow(`1 GiB are free at ${layout.data}, the lab needs 8 GiB`);
    expect(() => checkRoom(layout, 4 * GIB, 8 * GIB)).not.toThrow();
  });
  it("reads what is available, not what is free", () => {
    expect(availableMemory("MemTotal: 9 kB\nMemFree: 1 kB\nMemAvailable:    2048 kB\n")).toBe(2048 * 1024);
  });
});

describe("record", () => {
  it("keeps a second lab from touching the first one's", () => {
    const run = temporary();
    const mine = { data: "/a/cluster", run };
    expect(() => refuseForeignCluster(mine)).not.toThrow();
    writeRecord(mine, { data: mine.data, forwardsAlready: false, nftTables: [], ctr: "/bin/ctr" });
    expect(() => refuseForeignCluster(mine)).not.toThrow();
    expect(() => refuseForeignCluster({ data: "/b/cluster", run })).toThrow(
      "a lab with its data in /a runs on this machine",
    );
  });
  it("means nothing after a reboot", () => {
    const run = temporary();
    const record = { data: "/a/cluster", boot: "another boot", forwardsAlready: false, nftTables: [], ctr: "/bin/ctr" };
    writeFileSync(join(run, "cluster.json"), JSON.stringify(record));
    expect(readRecord({ data: "/b/cluster", run })).toBeUndefined();
    expect(() => refuseForeignCluster({ data: "/b/cluster", run })).not.toThrow();
  });
});

describe("mountsBelow", () => {
  it("lists the latest first, and only what lies below", () => {
    const line = (path: string) => `36 35 0:32 / ${path} rw,relatime - tmpfs tmpfs rw`;
    const table = ["/", "/run/lab", "/run/lab/a", "/run/lab2", "/run/lab/with\\040space"].map(line).join("\n");
    expect(mountsBelow("/run/lab", table)).toEqual(["/run/lab/with space", "/run/lab/a", "/run/lab"]);
  });
});

describe("pods", () => {
  it("are found by their tasks", () => {
    const output = "TASK    PID     STATUS    \nabc     120     RUNNING\ndef     0       STOPPED\n";
    expect(parseTasks(output)).toEqual([
      { id: "abc", pid: 120 },
      { id: "def", pid: 0 },
    ]);
  });
  it("of StatefulSets are told from their clients", () => {
    const pod = (kind: string, id?: string) => ({
      metadata: { ownerReferences: [{ kind }] },
      status: { containerStatuses: [{ containerID: id }] },
    });
    const items = [
      pod("StatefulSet", "containerd://a"),
      pod("ReplicaSet", "containerd://b"),
      pod("StatefulSet"),
      { metadata: {} },
    ];
    expect([...statefulContainers({ items })]).toEqual(["a"]);
  });
});

describe("podLinks", () => {
  it("are this machine's ends of our pods' links, not other networks'", () => {
    const directory = temporary();
    const interfaces = [{ name: "lab0" }, { name: "veth1" }, { name: "eth0", sandbox: "/run/netns/x" }];
    const note = (name: string, networkName: string, result?: object) =>
      writeFileSync(join(directory, name), JSON.stringify({ networkName, result }));
    note("ours", "bigdata-lab", { interfaces });
    note("loopback", "cni-loopback", { interfaces: [{ name: "lo" }] });
    note("failed", "bigdata-lab");
    writeFileSync(join(directory, "damaged"), "{");
    expect(podLinks(directory)).toEqual(["veth1"]);
    expect(podLinks(join(directory, "none"))).toEqual([]);
  });
});

describe("removeLeftovers", () => {
  it("leaves another kubelet's", () => {
    const [containerLogs, devicePlugins, networkResults] = [temporary(), temporary(), temporary()];
    symlinkSync("/data/pod-log/a.log", join(containerLogs, "a.log"));
    symlinkSync("/var/log/pods/b.log", join(containerLogs, "b.log"));
    for (const name of ["bigdata-lab-0a-eth0", "cni-loopback-0a-lo", "other-0b-eth0", "cni-loopback-0b-lo"]) {
      writeFileSync(join(networkResults, name), "");
    }
    const places = { containerLogs, devicePlugins, networkResults };
    expect(removeLeftovers("/data/pod-log", true, places)).toBe(true);
    expect(readdirSync(containerLogs)).toEqual(["b.log"]);
    expect(readdirSync(networkResults)).toEqual(["cni-loopback-0b-lo", "other-0b-eth0"]);
    expect(existsSync(devicePlugins)).toBe(false);
    expect(removeLeftovers("/data/pod-log", true, places)).toBe(false);
  });
  it("takes the kubelet's socket after a reboot as well, unless another kubelet lives there", () => {
    const afterReboot = (...others: string[]) => {
      const root = temporary();
      const [kubelet, devicePlugins] = [join(root, "kubelet"), join(root, "kubelet", "device-plugins")];
      mkdirSync(devicePlugins, { recursive: true });
      for (const name of ["device-plugins/kubelet.sock", ...others]) writeFileSync(join(kubelet, name), "");
      const none = join(root, "none");
      const places = { containerLogs: none, networkResults: join(none, "results"), devicePlugins };
      return { removed: removeLeftovers("/data/pod-log", false, places), left: existsSync(kubelet) };
    };
    expect(afterReboot()).toEqual({ removed: true, left: false });
    expect(afterReboot("config.yaml")).toEqual({ removed: false, left: true });
  });
});
