import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { LabFailure } from "../cluster/core/failure";
import { type Output, type RunOptions, run, runInherited } from "../cluster/core/run";
import { interrupted } from "./interrupt";

/** A Kubernetes object, as far as the command line looks into it. */
export interface KubeObject {
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
}

/** How long to wait for a port-forward or the API's proxy to say where it listens. */
const LISTEN_TIMEOUT_MS = 20_000;

/** kubectl on one cluster and namespace; nothing else of the user's kubeconfig is ever used. */
export class Kube {
  private readonly env: Record<string, string>;

  constructor(
    toolPath: string,
    readonly kubeconfig: string,
    readonly namespace: string,
  ) {
    this.env = { PATH: [toolPath, process.env.PATH ?? ""].filter(Boolean).join(":"), KUBECONFIG: kubeconfig };
  }

  /** Runs kubectl in the namespace. */
  run(args: string[], options: RunOptions = {}): Promise<Output> {
    return run("kubectl", ["--namespace", this.namespace, ...args], { env: this.env, ...options });
  }

  /** Runs kubectl on the user's terminal; resolves with its exit code. */
  inherited(args: string[]): Promise<number> {
    return runInherited("kubectl", ["--namespace", this.namespace, ...args], { env: this.env });
  }

  /** `kubectl get … -o json`. */
  async get<T>(args: string[]): Promise<T> {
    return JSON.parse((await this.run(["get", ...args, "--output", "json"])).stdout) as T;
  }

  /** The objects of one kind in the namespace. */
  async list<T extends KubeObject>(kind: string, selector?: string): Promise<T[]> {
    const { items } = await this.get<{ items: T[] }>([kind, ...(selector ? ["--selector", selector] : [])]);
    return items;
  }

  /** One key of a Secret, decoded. @throws LabFailure when there is none */
  async secret(name: string, key: string): Promise<string> {
    const secret = await this.get<{ data?: Record<string, string> }>(["secret", name]);
    const value = secret.data?.[key];
    if (value === undefined) throw new LabFailure(`Secret ${name} has no key ${key}`);
    return Buffer.from(value, "base64").toString();
  }

  /** Forwards a free loopback port to `target` (`pod/mysql-0`, `service/phpmyadmin`) while `fn` runs. */
  async forwarded<T>(target: string, port: number, fn: (localPort: number) => Promise<T>, localPort = 0): Promise<T> {
    const args = ["port-forward", "--address", "127.0.0.1", target, `${localPort || ""}:${port}`];
    const child = this.start(args);
    try {
      const line = await announced(child, /Forwarding from 127\.0\.0\.1:(\d+)/, `port-forward to ${target}`);
      return await fn(Number(line[1]));
    } finally {
      child.kill();
    }
  }

  /** Gives `fn` a reader of the API server: one `kubectl proxy` on a private socket instead of a kubectl per question. */
  async withApi<T>(fn: (api: ApiReader) => Promise<T>): Promise<T> {
    const directory = mkdtempSync(join(tmpdir(), "lab-api-"));
    const socket = join(directory, "socket");
    const child = this.start(["proxy", `--unix-socket=${socket}`]);
    try {
      await announced(child, /Starting to serve on/, "kubectl proxy");
      return await fn({
        text: (path) => fetchFrom(socket, path, "*/*"),
        json: async (path) => JSON.parse(await fetchFrom(socket, path, JSON_TYPE)),
        post: async (path, body) => JSON.parse(await fetchFrom(socket, path, JSON_TYPE, JSON.stringify(body))),
      });
    } finally {
      child.kill();
      rmSync(directory, { recursive: true, force: true });
    }
  }

  private start(args: string[]): ChildProcess {
    return spawn("kubectl", ["--namespace", this.namespace, ...args], {
      env: { ...process.env, ...this.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }
}

/** Asks the API server, and through its proxies the servers of the stack. Rejects with a LabFailure for anything but a 2xx answer. */
export interface ApiReader {
  text(path: string): Promise<string>;
  json<T>(path: string): Promise<T>;
  /** Sends JSON and reads the answer: for servers whose questions are posted. */
  post<T>(path: string, body: unknown): Promise<T>;
}

function announced(child: ChildProcess, pattern: RegExp, what: string): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let errors = "";
    const fail = (how: string): void => reject(new LabFailure(`${what} ${how}${errors ? `: ${errors.trim()}` : ""}`));
    const timer = setTimeout(() => {
      child.kill();
      fail(`said nothing in ${LISTEN_TIMEOUT_MS / 1000} s`);
    }, LISTEN_TIMEOUT_MS);
    child.stderr?.on("data", (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-500);
    });
    child.on("error", (error) => fail(`did not start: ${error.message}`));
    child.on("exit", () => {
      clearTimeout(timer);
      fail("ended");
    });
    interrupted.addEventListener("abort", () => child.kill(), { once: true });
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = pattern.exec(line);
      if (!match) return;
      clearTimeout(timer);
      resolve(match);
    });
  });
}

const JSON_TYPE = "application/json";

function fetchFrom(socketPath: string, path: string, accept: string, body?: string): Promise<string> {
  const method = body === undefined ? "GET" : "POST";
  const headers = { host: "localhost", accept, ...(body === undefined ? {} : { "content-type": JSON_TYPE }) };
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, method, headers, timeout: 10_000 }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const status = answer.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve(text);
        else reject(new LabFailure(`the API server answered ${status} to ${path}: ${text.slice(0, 200)}`));
      });
    });
    call.on("timeout", () => call.destroy(new LabFailure(`the API server did not answer ${path} in 10 s`)));
    call.on("error", reject);
    call.end(body);
  });
}
