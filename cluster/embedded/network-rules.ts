import { BRIDGE, NFT_TABLE, NODE_ADDRESS, POD_RANGE, PORTS, SERVICE_RANGE } from "./layout";

/** Routes with a worse metric than any other: they answer for the ranges while the bridge is away. */
export const LAST_RESORT_METRIC = "4278198272";
/** The bridge's own hardware address, fixed: a bridge without one takes a port's, and changes it as pods come and go. */
export const BRIDGE_HARDWARE_ADDRESS = "02:1a:b0:00:00:01";

/** Arguments of `ip` that make bridge and routes, in order. All are `replace`s or tolerate that the thing exists. */
export function linkCommands(): { args: string[]; existsIsFine?: true }[] {
  return [
    // First of all: from here on, no packet for a pod or Service can leave by the default route.
    ...[POD_RANGE, SERVICE_RANGE].map((range) => ({
      args: ["route", "replace", "unreachable", range, "metric", LAST_RESORT_METRIC],
    })),
    {
      args: ["link", "add", "name", BRIDGE, "address", BRIDGE_HARDWARE_ADDRESS, "type", "bridge", "stp_state", "0"],
      existsIsFine: true,
    },
    { args: ["address", "replace", `${NODE_ADDRESS}/16`, "dev", BRIDGE] },
    { args: ["link", "set", BRIDGE, "up"] },
    { args: ["route", "replace", SERVICE_RANGE, "dev", BRIDGE, "src", NODE_ADDRESS] },
  ];
}

/** Arguments of `ip` that take it away again; each may fail because the thing is gone. */
export function unlinkCommands(): string[][] {
  return [
    ["link", "delete", BRIDGE],
    ...[POD_RANGE, SERVICE_RANGE].map((range) => [
      "route",
      "delete",
      "unreachable",
      range,
      "metric",
      LAST_RESORT_METRIC,
    ]),
  ];
}

/**
 * Our own nftables rules, replaced as a whole. `forwardsAlready`: the machine was a router before the lab made it one;
 * then what it forwards between other interfaces is not ours to stop.
 */
export function nftRules({ forwardsAlready }: { forwardsAlready: boolean }): string {
  const ours = `{ ${POD_RANGE}, ${SERVICE_RANGE} }`;
  const otherForwarding = forwardsAlready ? "" : `\n    iifname != "${BRIDGE}" oifname != "${BRIDGE}" drop`;
  return `table inet ${NFT_TABLE}
delete table inet ${NFT_TABLE}
table inet ${NFT_TABLE} {
  # Linux answers for any of its addresses on any interface: so nothing from outside reaches the lab's ranges.
  chain outside {
    type filter hook prerouting priority raw; policy accept;
    iifname != { "lo", "${BRIDGE}" } ip daddr ${ours} drop
  }
  # NetworkPolicy is enforced for IPv4 only, so pods have IPv4 only.
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "${BRIDGE}" meta nfproto ipv6 drop${otherForwarding}
  }
  chain input {
    type filter hook input priority filter; policy accept;
    iifname "${BRIDGE}" meta nfproto ipv6 drop
  }
  chain local {
    type nat hook output priority -100; policy accept;
    ip daddr 127.0.0.1 tcp dport ${PORTS.api} dnat ip to ${NODE_ADDRESS}:${PORTS.api}
  }
  chain leaving {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${POD_RANGE} ip daddr != ${ours} oifname != "${BRIDGE}" masquerade
  }
}
`;
}

/** nftables tables that go with the cluster: ours and kube-proxy's, as `family name`. */
export const NFT_TABLES = [`inet ${NFT_TABLE}`, "ip kube-proxy", "ip6 kube-proxy"];

/** Chains of the policy controller and of the kubelet, by the beginning of their names. */
const OUR_CHAINS = /^(KUBE-ROUTER-|KUBE-POD-FW-|KUBE-NWPLCY-|KUBE-IPTABLES-HINT$|KUBE-KUBELET-CANARY$)/;

/** Of the one kind of rule the policy controller puts into the built-in chains that does not lead to a chain of its own. */
const OUR_COMMENT = /--comment "KUBE-ROUTER rule to explicitly ACCEPT traffic/;

/** Names of ipsets the policy controller makes. */
export function isOurIpset(name: string): boolean {
  return /^(inet6:)?(KUBE-SRC-|KUBE-DST-|kube-router-)/.test(name);
}

/**
 * Input for `iptables-restore --noflush` that removes our chains and every rule that leads to them, and nothing else.
 * `saved` is the output of iptables-save. Empty when there is nothing of ours.
 */
export function iptablesCleanup(saved: string): string {
  const out: string[] = [];
  for (const block of saved.split(/^\*/m).slice(1)) {
    const lines = block.split("\n");
    const chains = lines.flatMap((line) => /^:(\S+)/.exec(line)?.[1] ?? []).filter((chain) => OUR_CHAINS.test(chain));
    if (chains.length === 0) continue;
    const removed = lines.flatMap((line) => {
      const rule = /^-A (\S+) /.exec(line);
      const target = /(?:^| )-[jg] (\S+)/.exec(line)?.[1] ?? "";
      if (!rule?.[1] || chains.includes(rule[1])) return [];
      return chains.includes(target) || OUR_COMMENT.test(line) ? [line.replace(/^-A/, "-D")] : [];
    });
    out.push(
      ...[`*${lines[0]}`, ...removed, ...chains.map((chain) => `-F ${chain}`), ...chains.map((chain) => `-X ${chain}`)],
      "COMMIT",
    );
  }
  return out.length === 0 ? "" : `${out.join("\n")}\n`;
}

/** Tables in the output of `nft list tables`, as `family name`. */
export function parseTables(output: string): string[] {
  return output.split("\n").flatMap((line) => /^table (\S+ \S+)/.exec(line)?.[1] ?? []);
}

/** Whether a table is one that iptables makes. */
export function isIptablesTable(table: string): boolean {
  return /^ip6? (filter|nat|mangle|raw|security)$/.test(table);
}

/** Whether a table, as nft lists it, has built-in chains alone, which let everything pass and hold no rule. */
export function isEmptyTable(listing: string): boolean {
  const lines = listing.split("\n").map((line) => line.trim());
  return lines.every((line) => /^(|#.*|table .*|chain [A-Z]+ \{|type .* policy accept;|\})$/.test(line));
}
