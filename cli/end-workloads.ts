import { sleep } from "./interrupt";
import type { Kube } from "./kube";

/** Owners before what they own, so that nothing makes a pod anew. */
const OWNERS = "cronjobs,deployments,statefulsets,daemonsets,jobs,replicasets";
/** How long a server whose data goes with it may take to end itself. */
const GRACE_SECONDS = 5;
/** After this Pulumi goes on alone: it waits for the namespace, and says why that does not end. */
const TIMEOUT_MS = 120_000;

/**
 * Ends all servers and jobs of a namespace that is about to be deleted with its data, all at once. Deleted one after the other, in
 * the order in which they need each other, they would wait for each other's ends; the namespace alone looks again only after half
 * the longest grace period.
 */
export async function endWorkloads(kube: Pick<Kube, "run" | "list">, report: (detail: string) => void): Promise<void> {
  const options = ["--wait=false", "--ignore-not-found"];
  // Orphaned: the pods are asked here, once; a second and shorter time would not reach one that is ending.
  await kube.run(["delete", OWNERS, "--all", "--cascade=orphan", ...options]);
  const asked = new Set<string>();
  for (const deadline = Date.now() + TIMEOUT_MS; Date.now() < deadline; await sleep(500)) {
    const names = (await kube.list("pods")).map(({ metadata }) => metadata.name);
    report(names.length > 0 ? `${names.length} pods are ending` : "all have ended");
    if (names.length === 0) return;
    // Also one that an owner has made before its own end came round.
    const others = names.filter((name) => !asked.has(name));
    if (others.length === 0) continue;
    await kube.run(["delete", "pods", ...others, `--grace-period=${GRACE_SECONDS}`, ...options]);
    for (const name of others) asked.add(name);
  }
}
