/** How it is known that a process does its work; `none`: by going on. Paths of certificates are files. */
export type ReadyCheck =
  | { readonly kind: "none" }
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "http"; readonly url: string }
  | {
      readonly kind: "https";
      readonly url: string;
      readonly ca: string;
      readonly cert?: string;
      readonly key?: string;
    };

/** A socket a process listens on. */
export interface Listen {
  readonly protocol: "tcp" | "udp";
  readonly address: string;
  readonly port: number;
}

/** One process the supervisor keeps alive. */
export interface ProcessSpec {
  readonly name: string;
  /** Absolute path of the executable, then its arguments. */
  readonly argv: readonly string[];
  /** File that gets its output, appended. */
  readonly log: string;
  /** Names of the processes that must be ready before it starts for the first time. */
  readonly after: readonly string[];
  readonly ready: ReadyCheck;
  /** Files whose changed content means a restart. */
  readonly files: readonly string[];
  /** Sockets it opens, or to which packets for others are led; a foreign process on one of them is found before anything starts. */
  readonly listens: readonly Listen[];
  /** Executables whose directories go before PATH. */
  readonly path?: readonly string[];
  /** Gets the user's proxy and CA variables, because it reaches registries. */
  readonly proxied?: boolean;
}

/** A {@link ProcessSpec} made ready for the supervisor. */
export interface SupervisedProcess extends ProcessSpec {
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Hash of everything that makes a running process outdated: arguments and the content of its files. */
  readonly revision: string;
}

/** Environment variable that marks every process of a cluster, and what they start, with the cluster's data directory. */
export const MARK = "BIGDATA_LAB_CLUSTER";

/** What the supervisor knows of one process; times are ISO 8601. */
export interface ProcessState {
  pid: number;
  /** From {@link startOf}: the same number given to another process later has another start. */
  start: string;
  revision: string;
  startedAt: string;
  ready: boolean;
  /** How often it was started again after it had ended by itself. */
  restarts: number;
  /** How it ended the last time, e.g. `exit code 1` or `SIGKILL`. */
  lastExit?: string;
}

/** What the supervisor writes down. */
export interface SupervisorState {
  supervisor: { pid: number; start: string; program: string };
  processes: Record<string, ProcessState>;
}
