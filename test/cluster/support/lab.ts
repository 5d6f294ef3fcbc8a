import { spawn } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../../../cluster/core/paths";
import { type Output, run } from "../../../cluster/core/run";

/** Namespace of stack lab. */
export const NAMESPACE = "bigdata-lab";

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real ./lab. */
export function lab(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(projectRoot(), "lab"), args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs ./lab and fails the test with its whole output unless it succeeds. */
export async function labOk(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const ended = await lab(args, env);
  if (ended.code !== 0)
    throw new Error(`lab ${args.join(" ")} ended with ${ended.code}\n${ended.stdout}\n${ended.stderr}`);
  return ended;
}

let environment: Promise<Record<string, string>> | undefined;

/** What `lab env` prints, as an object: how anyone reaches the lab by hand. */
export function labEnv(): Promise<Record<string, string>> {
  environment ??= labOk(["env"]).then(async ({ stdout }) => {
    const script = `${stdout}\nenv -0`;
    const { stdout: all } = await run("sh", ["-c", script]);
    const pairs = all.split("\0").map((line): [string, string] => {
      const cut = line.indexOf("=");
      return [line.slice(0, cut), line.slice(cut + 1)];
    });
    const wanted = new Set(["PATH", ...[...stdout.matchAll(/^export (\w+)=/gm)].map((match) => match[1] ?? "")]);
    return Object.fromEntries(pairs.filter(([key]) => wanted.has(key)));
  });
  return environment;
}

/** kubectl in the lab's namespace. */
export async function kubectl(...args: string[]): Promise<string> {
  return (await kubectlRun(args)).stdout;
}

/** kubectl with an input. */
export async function kubectlRun(args: string[], input?: string): Promise<Output> {
  return run("kubectl", ["--namespace", NAMESPACE, ...args], { env: await labEnv(), input });
}

/** Parsed `kubectl get … -o json`. */
export async function kubeGet<T>(...args: string[]): Promise<T> {
  return JSON.parse(await kubectl("get", ...args, "--output=json")) as T;
}

/** Asks again until `check` holds. @throws with the last reason when it does not within the time */
export async function eventually<T>(
  what: string,
  seconds: number,
  check: () => Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let reason = "";
  for (;;) {
    try {
      const found = await check();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      reason = `: ${error instanceof Error ? error.message : error}`;
    }
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}${reason}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** A pod as the tests see it. */
export interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly status: {
    readonly phase: string;
    readonly containerStatuses?: readonly {
      readonly containerID?: string;
      readonly ready: boolean;
      readonly restartCount: number;
      readonly state?: { readonly running?: object };
    }[];
  };
}

/** Pods of a workload. */
export async function podsOf(workload: string): Promise<Pod[]> {
  return (await kubeGet<{ items: Pod[] }>("pods", "--selector", `app.kubernetes.io/name=${workload}`)).items;
}

/** Kills the first process of a workload's pods as the kernel would: SIGKILL, no warning. Resolves with how many were killed. */
export async function sigkill(workload: string): Promise<number> {
  const pods = await podsOf(workload);
  const ids = pods.flatMap((pod) => pod.status.containerStatuses?.[0]?.containerID?.replace("containerd://", "") ?? []);
  const tasks = await run(
    "ctr",
    ["--address", "/run/bigdata-lab/containerd.sock", "--namespace", "k8s.io", "task", "ls"],
    {
      env: await labEnv(),
    },
  );
  let killed = 0;
  for (const line of tasks.stdout.split("\n")) {
    const [id = "", pid = "", state] = line.trim().split(/\s+/);
    if (!ids.includes(id) || state !== "RUNNING") continue;
    process.kill(Number(pid), "SIGKILL");
    killed++;
  }
  return killed;
}

/** Removes a workload's pods without grace, so that new ones start at once; Kubernetes delays the restart of a crashed container. */
export async function forceDelete(workload: string): Promise<void> {
  await kubectl(
    "delete",
    "pods",
    "--selector",
    `app.kubernetes.io/name=${workload}`,
    "--force",
    "--grace-period=0",
    "--wait=false",
  );
}

/** Waits until a Deployment or StatefulSet is as it should be. */
export async function rolledOut(kind: "deployment" | "statefulset", name: string, seconds = 180): Promise<void> {
  await kubectl("rollout", "status", `${kind}/${name}`, `--timeout=${seconds}s`);
}

/** Sum of a metric over a job's pods, by the value of one label. */
export async function metric(workload: string, name: string, label: string): Promise<Map<string, number>> {
  const { parseSamples, sumBy } = await import("../../../cli/prometheus");
  const sums = new Map<string, number>();
  for (const pod of await podsOf(workload)) {
    const text = await kubectl(
      "get",
      "--raw",
      `/api/v1/namespaces/${NAMESPACE}/pods/${pod.metadata.name}:8080/proxy/metrics`,
    );
    for (const [key, value] of sumBy(parseSamples(text), name, label)) sums.set(key, (sums.get(key) ?? 0) + value);
  }
  return sums;
}
