import { readdirSync } from "node:fs";
import { LabFailure, messageOf } from "../core/failure";
import { run } from "../core/run";
import { BRIDGE, NODE_ADDRESS } from "./layout";
import {
  iptablesCleanup,
  isEmptyTable,
  isIptablesTable,
  isOurIpset,
  linkCommands,
  NFT_TABLES,
  nftRules,
  parseTables,
  unlinkCommands,
} from "./network-rules";
import { plugIn, unpluggedLinks } from "./pod-links";

/** Makes or repairs bridge, routes, our own nftables rules and the links of running pods. Goes before every process and every pod. */
export async function networkUp(options: { forwardsAlready: boolean }): Promise<void> {
  for (const { args, existsIsFine } of linkCommands()) {
    await run("ip", args).catch((error) => {
      if (!existsIsFine || !/File exists/.test(messageOf(error))) throw error;
    });
  }
  await run("nft", ["-f", "-"], { input: nftRules(options) });
  await plugIn();
}

/** Whether the bridge is there with its address, and our rules too. Nothing is changed. */
export async function networkIsUp(): Promise<boolean> {
  try {
    const [addresses] = await Promise.all([
      run("ip", ["-4", "-oneline", "address", "show", "dev", BRIDGE]),
      ...NFT_TABLES.slice(0, 1).map((table) => run("nft", ["-t", "list", "table", ...table.split(" ")])),
    ]);
    return (addresses?.stdout.includes(` ${NODE_ADDRESS}/`) ?? false) && unpluggedLinks().length === 0;
  } catch {
    return false;
  }
}

/** nftables tables there are, as `family name`. */
export async function presentTables(): Promise<string[]> {
  return parseTables(await quietly("nft", ["list", "tables"]));
}

/**
 * Takes everything away: rules of the policy controller, kube-proxy's and our tables, bridge, routes. Repeatable.
 * @param before tables as {@link presentTables} found them before the lab came
 */
export async function networkDown(before: string[]): Promise<void> {
  for (const family of ["", "6"]) await removeIptables(family);
  await removeIpsets();
  for (const table of NFT_TABLES) await quietly("nft", ["delete", "table", ...table.split(" ")]);
  await removeEmptyTables(before);
  for (const args of unlinkCommands()) await quietly("ip", args);
  if (readdirSync("/sys/class/net").includes(BRIDGE)) {
    throw new LabFailure(`the bridge ${BRIDGE} could not be removed`, { fix: `ip link delete ${BRIDGE}` });
  }
}

async function removeIptables(family: string): Promise<void> {
  const saved = await quietly(`ip${family}tables-save`, []);
  const input = iptablesCleanup(saved);
  if (input) await run(`ip${family}tables-restore`, ["--noflush"], { input });
}

/** iptables makes its tables when first asked for a rule, and leaves them. Only those are removed, and only when empty. */
async function removeEmptyTables(before: string[]): Promise<void> {
  for (const table of await presentTables()) {
    if (before.includes(table) || !isIptablesTable(table)) continue;
    const rules = await quietly("nft", ["list", "table", ...table.split(" ")]);
    if (isEmptyTable(rules)) await quietly("nft", ["delete", "table", ...table.split(" ")]);
  }
}

async function removeIpsets(): Promise<void> {
  const names = (await quietly("ipset", ["list", "-name"])).split("\n").filter(isOurIpset);
  // A set may be a member of another: emptied first, none holds another.
  for (const verb of ["flush", "destroy"]) for (const name of names) await quietly("ipset", [verb, name]);
}

/** Output of a command whose failure means that there is nothing. */
async function quietly(command: string, args: string[]): Promise<string> {
  return run(command, args).then(
    ({ stdout }) => stdout,
    () => "",
  );
}
