import { spawn } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../../../cluster/core/paths";
import { type Output, run } from "../../../cluster/core/run";

/** Namespace of stack lab. */
export const NAMESPACE = "bigdata-lab";
/** Namespace of stack lambda. */
export const LAMBDA = "bigdata-lab-lambda";
/** Namespace of stack smartcar. */
export const SMARTCAR = "bigdata-lab-smartcar";

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What is done with a command while it runs. */
export interface Watch {
  /** Told what is on its output so far, whenever there is more. @param interrupt does what Ctrl-C in its terminal would */
  readonly see: (stdout: string, interrupt: () => void) => void;
}

/** Runs the real ./lab. */
export function lab(args: string[], env: Record<string, string> = {}, watch?: Watch): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(projectRoot(), "lab"), args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: watch !== undefined, // a process group of its own, as a terminal gives it one
    });
    const interrupt = () => process.kill(-(child.pid ?? Number.NaN), "SIGINT");
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      watch?.see(stdout, interrupt);
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
      readonly name: string;
      readonly containerID?: string;
      readonly ready: boolean;
      readonly restartCount: number;
      readonly state?: { readonly running?: object };
    }[];
  };
}

/** What tests do with the objects of one namespace. */
export interface Objects {
  /** kubectl, resolving with what it printed. */
  kubectl(...args: string[]): Promise<string>;
  /** kubectl with an input. */
  kubectlRun(args: string[], input?: Buffer | string): Promise<Output>;
  /** Parsed `kubectl get … -o json`. */
  kubeGet<T>(...args: string[]): Promise<T>;
  /** Pods of a workload. */
  podsOf(workload: string): Promise<Pod[]>;
  /**
   * Kills the first process of a container of a workload's pods as the kernel would: SIGKILL, no warning.
   * @param container @default the pod's only one
   * @returns how many were killed
   */
  sigkill(workload: string, container?: string): Promise<number>;
  /** Removes a workload's pods without grace, so that new ones start at once; Kubernetes delays the restart of a crashed container. */
  forceDelete(workload: string): Promise<void>;
  /** Waits until a Deployment or StatefulSet is as it should be. */
  rolledOut(kind: "deployment" | "statefulset", name: string, seconds?: number): Promise<void>;
  /** Sum of a metric over a job's pods, by the value of one label. */
  metric(workload: string, name: string, label: string): Promise<Map<string, number>>;
}

/** The objects of a namespace. */
export function inNamespace(namespace: string): Objects {
  const kubectlRun: Objects["kubectlRun"] = async (args, input) =>
    run("kubectl", ["--namespace", namespace, ...args], { env: await labEnv(), input });
  const kubectl: Objects["kubectl"] = async (...args) => (await kubectlRun(args)).stdout;
  const kubeGet = async <T>(...args: string[]): Promise<T> =>
    JSON.parse(await kubectl("get", ...args, "--output=json")) as T;
  const selector = (workload: string) => `app.kubernetes.io/name=${workload}`;
  const podsOf: Objects["podsOf"] = async (workload) =>
    (await kubeGet<{ items: Pod[] }>("pods", "--selector", selector(workload))).items;
  return {
    kubectlRun,
    kubectl,
    kubeGet,
    podsOf,
    sigkill: async (workload, container) => killFirstProcess(await podsOf(workload), container),
    forceDelete: async (workload) => {
      await kubectl("delete", "pods", "--selector", selector(workload), "--force", "--grace-period=0", "--wait=false");
    },
    rolledOut: async (kind, name, seconds = 180) => {
      await kubectl("rollout", "status", `${kind}/${name}`, `--timeout=${seconds}s`);
    },
    metric: async (workload, name, label) => {
      const { parseSamples, sumBy } = await import("../../../cli/prometheus");
      const sums = new Map<string, number>();
      for (const pod of await podsOf(workload)) {
        const path = `/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}:8080/proxy/metrics`;
        const samples = parseSamples(await kubectl("get", "--raw", path));
        for (const [key, value] of sumBy(samples, name, label)) sums.set(key, (sums.get(key) ?? 0) + value);
      }
      return sums;
    },
  };
}

export const { kubectl, kubectlRun, kubeGet, podsOf, sigkill, forceDelete, rolledOut, metric } = inNamespace(NAMESPACE);

async function killFirstProcess(pods: readonly Pod[], container?: string): Promise<number> {
  const statuses = pods.map(({ status: { containerStatuses = [] } }) =>
    container === undefined ? containerStatuses[0] : containerStatuses.find(({ name }) => name === container),
  );
  const ids = statuses.flatMap((status) => status?.containerID?.replace("containerd://", "") ?? []);
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
