/** What every object of one workload carries, so that people, Services and policies find it by one word. */
export interface Workload {
  /** The workload as its project names it: `kafka`, `mysql`, `enrich`. Also the value that selects its pods. */
  readonly name: string;
  /** Its part in the platform: `broker`, `database`, `stream-job`. */
  readonly component: string;
}

/** Labels of every object of a workload. */
export function labelsOf(workload: Workload): Record<string, string> {
  return {
    "app.kubernetes.io/name": workload.name,
    "app.kubernetes.io/component": workload.component,
    "app.kubernetes.io/part-of": "bigdata-lab",
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

/** Labels that select the pods of a workload. They must never change: a selector is immutable. */
export function podSelector(name: string): Record<string, string> {
  return { "app.kubernetes.io/name": name };
}
