import { spawn } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../../../cluster/core/paths";

/** Keeps `lab open NAME` running while `fn` uses the address it prints. */
export async function opened<T>(name: string, fn: (url: string) => Promise<T>): Promise<T> {
  const child = spawn(join(projectRoot(), "lab"), ["open", name], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
      child.once("close", () => reject(new Error("lab open ended")));
    });
    return await fn(url);
  } finally {
    child.kill("SIGINT");
  }
}
