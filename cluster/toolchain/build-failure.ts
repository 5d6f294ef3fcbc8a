import { LabFailure, messageOf } from "../core/failure";
import { cachePath } from "../core/paths";
import type { Part } from "./parts";

const UNREACHABLE =
  /dial tcp|no such host|connection re(fused|set)|i\/o timeout|TLS handshake|proxyconnect|network is unreachable|context deadline exceeded|unexpected EOF|stream error|\b50[234]\b/;
const REFUSED = /\b(40[134]|410)\b|disabled by GOPROXY|module lookup disabled/;

/** Whether trying again may help: a registry did not answer, or broke off. */
export function isTransient(error: unknown): boolean {
  return UNREACHABLE.test(messageOf(error));
}

/** What a failed `go` command means for the user, and what to do. */
export function buildFailure({ name }: Pick<Part, "name">, error: unknown, log: string): LabFailure {
  const text = messageOf(error);
  const again = "`lab up` again goes on where this one stopped";
  if (/no space left on device|disk quota exceeded/i.test(text)) {
    return new LabFailure(`no space left while building ${name}`, {
      log,
      fix: `free some space below ${cachePath()}, or set LAB_CACHE to a larger disk; ${again}`,
      cause: error,
    });
  }
  if (/SECURITY ERROR|checksum mismatch/.test(text)) {
    return new LabFailure(`a Go module of ${name} is not the one its go.sum names`, {
      log,
      fix: "something between here and the registry changes modules: check GOPROXY, then `go clean -modcache`",
      cause: error,
    });
  }
  if (UNREACHABLE.test(text) || REFUSED.test(text)) {
    return new LabFailure(`a Go module of ${name} cannot be downloaded: ${reason(text)}`, {
      log,
      fix: `check the network, proxy and GOPROXY (\`go env GOPROXY\`); ${again}`,
      cause: error,
    });
  }
  if (/signal: killed|cannot allocate memory|killed by SIGKILL/.test(text)) {
    return new LabFailure(`the build of ${name} was killed, most likely for want of memory`, {
      log,
      fix: `close other programs (4 GiB free are enough); ${again}`,
      cause: error,
    });
  }
  return new LabFailure(`${name} could not be built: ${text}`, { log, cause: error });
}

function reason(text: string): string {
  const line = text.split("\n").findLast((candidate) => UNREACHABLE.test(candidate) || REFUSED.test(candidate)) ?? text;
  return line.trim();
}
