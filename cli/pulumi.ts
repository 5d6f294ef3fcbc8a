import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LabFailure } from "../cluster/core/failure";
import { cachePath, projectRoot } from "../cluster/core/paths";
import { type Output, type RunOptions, run } from "../cluster/core/run";
import { interrupted } from "./interrupt";
import { configFileFor, type StackFile } from "./stack-config";

/** What Pulumi must know of the world around it. */
export interface PulumiWorld {
  /** Directories that come before PATH, `:`-separated. */
  readonly toolPath: string;
  readonly kubeconfig: string;
  /** Where images are built; undefined leaves what the caller's environment says. */
  readonly buildkitAddress?: string;
}

/** One resource of a stack's state. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly protect?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** The environment Pulumi runs in; also what `lab env` prints. The user's own backend and passphrase win. */
export function pulumiEnvironment(world: PulumiWorld, env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const own: Record<string, string> = {
    // A server that waits for another takes a place; with Pulumi's four a core, waiting ones could keep out what they wait for.
    PULUMI_PARALLEL: env.PULUMI_PARALLEL || "128",
    PATH: [world.toolPath, env.PATH ?? ""].filter(Boolean).join(":"),
    KUBECONFIG: world.kubeconfig,
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_BACKEND_URL: env.PULUMI_BACKEND_URL || `file://${cachePath("pulumi-state")}`,
  };
  if (world.buildkitAddress) own.BUILDKIT_HOST = world.buildkitAddress;
  if (env.PULUMI_CONFIG_PASSPHRASE === undefined && !env.PULUMI_CONFIG_PASSPHRASE_FILE) {
    own.PULUMI_CONFIG_PASSPHRASE_FILE = cachePath("passphrase");
  }
  return own;
}

/** Makes what {@link pulumiEnvironment} points to: the state's directory and a random passphrase, readable by the owner only. */
export function preparePulumi(): void {
  mkdirSync(cachePath("pulumi-state"), { recursive: true, mode: 0o700 });
  const passphrase = cachePath("passphrase");
  if (!existsSync(passphrase)) writeFileSync(passphrase, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600 });
}

/** Pulumi on one stack. */
export class Pulumi {
  readonly log: string;
  private readonly env: Record<string, string>;
  private readonly configFile: string;

  constructor(
    private readonly file: StackFile,
    world: PulumiWorld,
  ) {
    preparePulumi();
    this.log = cachePath("log", `pulumi-${file.stack}.log`);
    this.env = pulumiEnvironment(world);
    this.configFile = configFileFor(file);
  }

  /** Makes the stack unless it is there; says whether it was made. */
  async init(): Promise<boolean> {
    const { stdout } = await this.call(["stack", "ls", "--json"]);
    const stacks = JSON.parse(stdout) as { name: string }[];
    if (stacks.some(({ name }) => name.split("/").at(-1) === this.file.stack)) return false;
    // Runs beside the config file: `stack init` writes the passphrase's salt into the project it runs in.
    await this.call(["stack", "init", this.file.stack, "--non-interactive"], { cwd: dirname(this.configFile) });
    return true;
  }

  /** Deploys. `report` gets what is being done; resolves with Pulumi's summary, e.g. `42 unchanged`. */
  async up(
    report: (detail: string) => void,
    options: {
      readonly refresh?: boolean /** Objects that are there already become the stack's. */;
      readonly takeOver?: boolean;
    } = {},
  ): Promise<string> {
    const args = ["up", "--yes", "--skip-preview", "--non-interactive", ...this.config()];
    const env = options.takeOver ? { ...this.env, PULUMI_K8S_ENABLE_PATCH_FORCE: "true" } : this.env;
    return this.watched("deploying", options.refresh ? [...args, "--refresh"] : args, report, env);
  }

  /** Shows on the terminal what `up` would do. */
  async preview(extra: string[] = []): Promise<Output> {
    return this.call(["preview", "--non-interactive", ...this.config(), ...extra]);
  }

  /** Fails where {@link destroy} would before it deletes anything: no passphrase for the state, no way to the cluster. */
  async previewDestroy(): Promise<void> {
    const args = ["destroy", "--preview-only", "--non-interactive", ...this.config()];
    await this.watched("destroying", args, () => undefined);
  }

  /**
   * Deletes all resources of the stack.
   * @param unnoted the state is written once, at the end, and not at each resource, which takes as long as deleting it. Broken off,
   *   the state still names what is gone, which both another `destroy` and `lab up` find out.
   */
  async destroy(report: (detail: string) => void, unnoted: boolean): Promise<string> {
    const args = ["destroy", "--yes", "--skip-preview", "--non-interactive", ...this.config()];
    const once = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };
    return this.watched("destroying", args, report, unnoted ? { ...this.env, ...once } : this.env);
  }

  /** The resources of the stack's state; secrets stay encrypted. */
  async resources(): Promise<StateResource[]> {
    const { stdout } = await this.call(["stack", "export", "--stack", this.file.stack]);
    const state = JSON.parse(stdout) as { deployment?: { resources?: StateResource[] } };
    return state.deployment?.resources ?? [];
  }

  /** Forgets the stack and its state, without touching any cluster. */
  async forget(): Promise<void> {
    await this.call(["stack", "rm", this.file.stack, "--yes", "--force", "--preserve-config"]);
  }

  /** An interrupted run leaves a lock behind; ours is taken away (only one `lab` at a time gets here). */
  async unlock(): Promise<void> {
    await this.call(["cancel", "--yes", "--stack", this.file.stack]).catch(() => undefined);
  }

  private config(): string[] {
    return ["--stack", this.file.stack, "--config-file", this.configFile];
  }

  /** Providers leave kubeconfigs, which hold a key, among the temporary files: here these go with the run. */
  private async call(args: string[], options: RunOptions = {}): Promise<Output> {
    const temporary = mkdtempSync(join(tmpdir(), "lab-pulumi-"));
    const env = { ...(options.env ?? this.env), TMPDIR: temporary };
    try {
      return await run("pulumi", args, { cwd: projectRoot(), log: this.log, ...options, env });
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  }

  private async watched(
    doing: string,
    args: string[],
    report: (detail: string) => void,
    env = this.env,
  ): Promise<string> {
    rmSync(this.log, { force: true }); // the log of one run: what the failure message points to
    const progress = new ResourceProgress();
    try {
      await this.call(args, {
        env,
        onLine: (line) => {
          const detail = progress.see(line);
          if (detail) report(detail);
        },
      });
    } catch (error) {
      if (interrupted.aborted) throw error;
      throw new LabFailure(`${doing} stack ${this.file.stack} failed: ${progress.problem ?? "see the log"}`, {
        log: this.log,
        fix: "the same command goes on where this one stopped",
        cause: error,
      });
    }
    return progress.summary;
  }
}

/** How much of what Pulumi says about an error is shown; the log has all of it. */
const LONGEST_PROBLEM = 1200;
/** So many words before what a resource's own objects say; what comes after them is why. */
const CREATED_BUT =
  /resource "urn:[^"]*::([^":]+)" was (?:successfully created|not successfully created|updated), but the Kubernetes API server reported that it failed to fully initialize or become live: /;

/** Reads Pulumi's line by line output. Pure: lines in, what to show out. */
export class ResourceProgress {
  private readonly done = new Set<string>();
  private readonly running = new Set<string>();
  private readonly counts: string[] = [];
  private inCounts = false;
  private inErrors = false;
  /** The first error Pulumi reported. */
  problem: string | undefined;

  /** `41 unchanged`, `+ 3 created, 38 unchanged`; empty before the end. */
  get summary(): string {
    return this.counts.join(", ");
  }

  /** Takes one line; resolves what is now worth showing, if that changed. */
  see(raw: string): string | undefined {
    const line = raw.trimEnd();
    this.seeSummary(line);
    const failed = /^\s+error: (.+)$/.exec(line) ?? /^error: (.+)$/.exec(line);
    if (failed && !this.problem && !/update failed|resource registrations failed/.test(failed[1] ?? "")) {
      this.problem = failed[1];
    } else if (this.problem && this.inErrors && /^\s+(?:\*|-) /.test(line) && this.problem.length < LONGEST_PROBLEM) {
      this.problem += ` ${line.trim().replace(CREATED_BUT, "$1: ")}`;
    }
    this.inErrors = Boolean(failed) || (this.inErrors && /^\s+(?:\*|-) /.test(line));
    const row =
      /^\s*(?:[+~-]{1,2}|\+-|><)?\s*([\w.-]+(?::[\w./-]+)+)\s+(\S+)\s+(creat|updat|delet|replac|read|refresh)(ing|ed|e)\b/.exec(
        line,
      );
    if (!row) return undefined;
    const [, type = "", name = "", verb = "", ending] = row;
    const key = `${type} ${name}`;
    if (ending === "ing") this.running.add(key);
    else {
      this.running.delete(key);
      this.done.add(`${verb} ${key}`);
    }
    const current = [...this.running].filter((k) => !k.startsWith("pulumi:pulumi:Stack")).at(-1);
    const shown = current ? ` · ${verb}ing ${short(current)}`.replace("eing", "ing") : "";
    return `${this.done.size} done${shown}`;
  }

  private seeSummary(line: string): void {
    if (line === "Resources:") this.inCounts = true;
    else if (this.inCounts && line.trim() === "") this.inCounts = false;
    else if (this.inCounts) this.counts.push(line.trim());
  }
}

function short(key: string): string {
  const [type = "", name = ""] = key.split(" ");
  return `${type.split(":").at(-1)} ${name}`;
}
