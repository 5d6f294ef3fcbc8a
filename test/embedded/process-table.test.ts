import { describe, expect, it } from "vitest";
import { containerdToml, corefile, kubeletConfig } from "../../cluster/embedded/configs";
import { NODE_ADDRESS, PORTS, paths } from "../../cluster/embedded/layout";
import { conflicts } from "../../cluster/embedded/listeners";
import { processTable } from "../../cluster/embedded/process-table";

const lab = paths({ data: "/data/cluster", run: "/run/lab" });
const table = processTable(lab, { binary: (name) => `/bin/${name}` }, { helperImage: "debian:1" });
const argsOf = (name: string) => table.find((process) => process.name === name)?.argv ?? [];

describe("process table", () => {
  it("has every process once, and each waits only for earlier ones", () => {
    const names = table.map(({ name }) => name);
    expect(names).toEqual([
      "etcd",
      "containerd",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "kubelet",
      "kube-proxy",
      "coredns",
      "buildkitd",
      "local-path-provisioner",
      "kube-router",
    ]);
    for (const [index, { after }] of table.entries()) {
      for (const name of after) expect(names.slice(0, index)).toContain(name);
    }
  });

  it("listens on loopback and the bridge alone, each port once", () => {
    const sockets = table.flatMap(({ listens }) => listens);
    expect([...new Set(sockets.map(({ address }) => address))].sort()).toEqual([NODE_ADDRESS, "127.0.0.1"]);
    const ports = sockets.filter(({ protocol }) => protocol === "tcp").map(({ port }) => port);
    expect([...new Set(ports)].sort()).toEqual(Object.values(PORTS).sort());
    const twice = ports.filter((port, index) => ports.indexOf(port) !== index);
    expect(twice).toEqual([PORTS.api]); // on the bridge, and led there from loopback
  });

  it.each(["127.0.0.1", "0.0.0.0"])("bears nobody else on %s:6443, whose packets it would take", (address) => {
    const api = table.find(({ name }) => name === "kube-apiserver")?.listens ?? [];
    expect(api.some((wanted) => conflicts(wanted, { protocol: "tcp", address, port: 6443 }))).toBe(true);
  });

  it("names no address that would open a port to all interfaces", () => {
    const text = [...table.flatMap(({ argv }) => argv), kubeletConfig(lab), corefile(lab)].join("\n");
    expect(text).not.toMatch(/0\.0\.0\.0|\[::\]|address=:/);
    expect(text.match(/"(address|healthzBindAddress)": "[^"]+"/g)).toEqual([
      `"address": "${NODE_ADDRESS}"`,
      `"healthzBindAddress": "127.0.0.1"`,
    ]);
  });

  it("opens etcd and the API server to client certificates only, with Node and RBAC authorization", () => {
    expect(argsOf("etcd")).toContain("--client-cert-auth");
    expect(argsOf("etcd")).toContain("--trusted-ca-file=/data/cluster/pki/etcd-ca.crt");
    expect(argsOf("kube-apiserver")).toEqual(
      expect.arrayContaining([
        `--bind-address=${NODE_ADDRESS}`,
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--anonymous-auth=false",
        "--etcd-certfile=/data/cluster/pki/etcd-client.crt",
        "--kubelet-certificate-authority=/data/cluster/pki/ca.crt",
      ]),
    );
    expect(JSON.parse(kubeletConfig(lab))).toMatchObject({
      authentication: { anonymous: { enabled: false }, x509: { clientCAFile: "/data/cluster/pki/ca.crt" } },
      authorization: { mode: "Webhook" },
      readOnlyPort: 0,
    });
  });

  it("restarts a process when any file it is told of in its arguments changes", () => {
    for (const { argv, files, name } of table) {
      const named = argv.flatMap((arg) => /\/data\/cluster\/(?:pki|config)\/\S+$/.exec(arg)?.[0] ?? []);
      const watched = [...files, ...files.map((file) => file.replace(/service-account\.key$/, "service-account.pub"))];
      expect(
        named.filter((file) => !watched.includes(file)),
        name,
      ).toEqual([]);
    }
  });

  it("runs pods on a kernel that refuses lower OOM scores, from our own directories", () => {
    const toml = containerdToml(lab, { cni: "/cni", shim: "/bin/shim", runc: "/bin/runc" }, "lab.local/pause:1");
    expect(toml).toContain("restrict_oom_score_adj = true");
    expect(toml).toContain('bin_dirs = ["/cni"]');
    expect(toml).toContain('conf_dir = "/data/cluster/config/cni"');
    expect(toml).toContain('sandbox = "lab.local/pause:1"');
    expect(toml).not.toMatch(/\/(opt|etc)\/cni/);
  });
});
