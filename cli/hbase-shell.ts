import { removeJob, startJob } from "./job";
import type { Kube, KubeObject } from "./kube";

/** The shell's template, and what it runs when nothing else is asked for. */
const TEMPLATE = "hbase-shell";
const COMMAND = ["hbase", "shell"];

/** Whether the stack has an HBase to talk to. */
export async function hasHBaseShell(kube: Kube): Promise<boolean> {
  return (await kube.list<KubeObject>("cronjobs")).some(({ metadata }) => metadata.name === TEMPLATE);
}

/**
 * HBase's shell, or a command beside it, in a pod of its own that is removed afterwards: the shell is larger than what servers have
 * to spare. Resolves with the exit code.
 */
export async function hbaseShell(kube: Kube, terminal: readonly string[], typed: readonly string[]): Promise<number> {
  const { job, pod } = await startJob(kube, TEMPLATE, {});
  try {
    return await kube.inherited(["exec", ...terminal, pod, "--", ...(typed.length > 0 ? typed : COMMAND)]);
  } finally {
    await removeJob(kube, job);
  }
}
