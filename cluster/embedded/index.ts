export { startCluster } from "./start";
export { type Cluster, findCluster } from "./status";
export { stopCluster } from "./stop";
