/** Keys of Spark's configuration that this component sets and nobody else, with what to say instead where there is something. */
export const OWN_KEYS: Readonly<Record<string, string>> = {
  "spark.master": "master",
  "spark.driver.memory": "memoryMiB",
  "spark.driver.extraJavaOptions": "memoryMiB",
  "spark.driver.port": "",
  "spark.driver.blockManager.port": "",
  "spark.blockManager.port": "",
  "spark.ui.port": "",
  "spark.authenticate": "",
  "spark.authenticate.secret": "",
};

/** Whether the master is that of a cluster of Spark's own, which has one secret for all who use it. */
export function isStandalone(master: string): boolean {
  return master.startsWith("spark:");
}

/** Whether the master is Kubernetes itself, which Spark asks for a pod for each executor. */
export function isOnKubernetes(master: string): boolean {
  return master.startsWith("k8s:");
}

/** Where Spark runs: in the notebook's own pod, on a cluster of Spark's own, or on Kubernetes. */
export const MASTER = /^(local(\[(\d+|\*)\])?|spark:\/\/[\w.-]+:\d+(,[\w.-]+:\d+)*|k8s:\/\/https?:\/\/[\w.-]+:\d+)$/;
