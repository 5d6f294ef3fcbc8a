import { isStandalone, MASTER, OWN_KEYS } from "../components/notebook/spark-keys";
import { fields, optional, text, texts, wholeNumber, withDefault } from "./settings-rules";

/** What can be chosen for the notebook, which is there when its key is. */
export interface NotebookSettings {
  /** URL of Spark's master. @default two threads in the notebook's own pod */
  readonly master: string | undefined;
  /** Further settings of Spark by key. @default none */
  readonly conf: Readonly<Record<string, string>>;
  /** Memory limit of JupyterLab, its kernels and Spark's driver together. @default as the size says */
  readonly memoryMiB: number | undefined;
}

/** How the key `notebook` is read. */
export const notebookRule = fields<NotebookSettings>({
  master: optional(text(MASTER, "local[N], spark://HOST:PORT or k8s://https://HOST:PORT")),
  conf: withDefault(
    texts(/^spark(\.[\w-]+)+$/, /^[\x20-\x7e]*$/, "keys spark.… with texts of visible ASCII characters"),
    {},
  ),
  memoryMiB: optional(wholeNumber(1536, 1_048_576)),
});

/** A setting that the notebook cannot work with. */
export interface NotebookProblem {
  /** Key below `bigdata-lab`. */
  readonly key: string;
  readonly given: unknown;
  readonly allowed: string;
  /** Never show what was given. */
  readonly secret?: boolean;
}

/** What of the notebook's settings does not go together; undefined when all of it does. */
export function notebookProblem(
  notebook: NotebookSettings | undefined,
  sparkSecret: string | undefined,
): NotebookProblem | undefined {
  const owned = Object.keys(notebook?.conf ?? {}).find((name) => Object.hasOwn(OWN_KEYS, name));
  if (owned !== undefined) {
    const instead = OWN_KEYS[owned] ? `; bigdata-lab:notebook.${OWN_KEYS[owned]} decides it` : "";
    return { key: "notebook.conf", given: owned, allowed: `keys that the notebook does not set itself${instead}` };
  }
  const standalone = notebook?.master !== undefined && isStandalone(notebook.master);
  if (standalone === (sparkSecret !== undefined)) return undefined;
  const allowed = standalone
    ? `the cluster's spark.authenticate.secret, for bigdata-lab:notebook.master is ${notebook.master}`
    : "only with a master spark://… in bigdata-lab:notebook";
  return { key: "sparkSecret", given: sparkSecret, allowed, secret: true };
}
