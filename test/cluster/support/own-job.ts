import { eventually, type Objects } from "./lab";

interface Template {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: { containers: { env?: { name: string; value?: string }[] }[] };
}

/**
 * Runs a job of the stack a second time, beside the one that is there: the same image and config, but for what is put over it.
 * @returns how to end it
 */
export async function startOwn(
  { kubectl, kubectlRun, kubeGet }: Objects,
  workload: string,
  name: string,
  overrides: object,
): Promise<() => Promise<void>> {
  const { spec } = await kubeGet<{ spec: { template: Template } }>(`deployment/${workload}`);
  const { metadata, spec: pod } = spec.template;
  for (const container of pod.containers) {
    container.env = [...(container.env ?? []), { name: "JOB_OVERRIDES", value: JSON.stringify(overrides) }];
  }
  // Its labels open the same ways through the network. The Deployment has one more by which it knows its own pods.
  const own = { apiVersion: "v1", kind: "Pod", metadata: { name, labels: metadata.labels }, spec: pod };
  await kubectlRun(["create", "--filename=-"], JSON.stringify(own));
  const end = async () => {
    await tellRestarts({ kubectlRun, kubeGet }, name).catch(() => undefined); // it may be gone
    await kubectl("delete", "pod", name, "--ignore-not-found");
  };
  try {
    await eventually(`${name} is ready`, 120, async () => {
      const { status } = await kubeGet<{ status: { containerStatuses?: { ready: boolean }[] } }>(`pod/${name}`);
      return status.containerStatuses?.every(({ ready }) => ready);
    });
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

/** What a process of the pod said last before it ended without being told to: its log is gone with the pod. */
async function tellRestarts({ kubectlRun, kubeGet }: Pick<Objects, "kubectlRun" | "kubeGet">, name: string) {
  const { status } = await kubeGet<{ status: { containerStatuses?: { restartCount: number }[] } }>(`pod/${name}`);
  const restarts = status.containerStatuses?.[0]?.restartCount ?? 0;
  if (restarts === 0) return;
  const { stdout } = await kubectlRun(["logs", name, "--previous", "--tail=40"]);
  console.error(`${name} was restarted (${restarts}); before the last time it said:\n${stdout}`);
}
