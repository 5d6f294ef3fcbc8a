import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../core/run";

/** Every `deb` address in apt's configuration, one-line and deb822 style alike. */
export function aptAddresses(sources: string[]): string[] {
  return sources.flatMap((text) =>
    text.split("\n").flatMap((line) => {
      const old = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s/.exec(line);
      if (old?.[1]) return [old[1]];
      const fields = /^\s*URIs:\s*(.*)$/i.exec(line);
      return fields?.[1] ? fields[1].split(/\s+/).filter(Boolean) : [];
    }),
  );
}

/** The mirror of Debian's main archive this machine uses: what ends in `/debian`. Undefined on other distributions. */
export function debianMirror(addresses: string[]): string | undefined {
  const found = addresses.find((address) => /^https?:\/\/.*\/debian\/?$/.test(address));
  return found?.replace(/\/$/, "");
}

/** {@link debianMirror} of this machine. */
export function hostMirror(directory = "/etc/apt"): string | undefined {
  const files = [join(directory, "sources.list"), ...list(join(directory, "sources.list.d"))];
  return debianMirror(aptAddresses(files.filter((file) => /\.(list|sources)$/.test(file)).flatMap(readIfThere)));
}

/** Environment for debootstrap: the proxy apt is configured with, if any. */
export async function aptProxy(): Promise<Record<string, string>> {
  const dump = await run("apt-config", ["dump", "--format", "%f=%v%n", "Acquire::http::Proxy"]).then(
    ({ stdout }) => stdout,
    () => "", // not a Debian: then there is no apt to ask
  );
  const proxy = /^Acquire::http::Proxy=(http\S+)$/m.exec(dump)?.[1];
  return proxy ? { http_proxy: proxy } : {};
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory).map((name) => join(directory, name));
  } catch {
    return [];
  }
}

function readIfThere(file: string): string[] {
  try {
    return [readFileSync(file, "utf8")];
  } catch {
    return [];
  }
}
