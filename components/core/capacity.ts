import { type Manifest, podOwner } from "./manifest";
import { parseMiB, parseMillicores } from "./quantity";

/** What one workload asks for; all instances together. */
export interface PlanRow {
  readonly workload: string;
  /** `StatefulSet`, `Deployment`, `Job` or `CronJob`. */
  readonly kind: string;
  readonly replicas: number;
  /** CPU requested, thousandths of a core. */
  readonly millicores: number;
  /** Memory limits, which are requested in full. */
  readonly memoryMiB: number;
  /** Volumes. */
  readonly storageGiB: number;
  /** Pods end by themselves: they need room for a while, not for ever. */
  readonly transient: boolean;
}

/** What a whole stack asks for. */
export interface PlanTotal {
  readonly millicores: number;
  readonly memoryMiB: number;
  readonly storageGiB: number;
  /** Room for the largest of the pods that end by themselves, on top. */
  readonly transientMemoryMiB: number;
}

interface ClaimTemplate {
  readonly spec?: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
}

/** One row per object that runs pods, in the order declared. */
export function capacityPlan(declared: readonly Manifest[]): PlanRow[] {
  return declared.flatMap((manifest) => {
    const owner = podOwner(manifest);
    if (!owner) return [];
    const { spec, replicas, transient } = owner;
    const claims = (manifest.spec?.volumeClaimTemplates ?? []) as readonly ClaimTemplate[];
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0) * replicas;
    return [
      {
        workload: manifest.metadata?.labels?.["app.kubernetes.io/name"] ?? manifest.metadata?.name ?? "",
        kind: manifest.kind,
        replicas,
        transient,
        millicores: sum(spec.containers.map(({ resources }) => parseMillicores(resources?.requests?.cpu ?? 0))),
        memoryMiB: sum(spec.containers.map(({ resources }) => parseMiB(resources?.limits?.memory ?? 0))),
        storageGiB: sum(claims.map(({ spec: claim }) => parseMiB(claim?.resources?.requests?.storage ?? 0) / 1024)),
      },
    ];
  });
}

/** Sums of a plan. Of what ends by itself only the largest counts: those pods run one after the other. */
export function planTotal(rows: readonly PlanRow[]): PlanTotal {
  const lasting = rows.filter(({ transient }) => !transient);
  const sum = (of: (row: PlanRow) => number) => lasting.reduce((total, row) => total + of(row), 0);
  return {
    millicores: sum((row) => row.millicores),
    memoryMiB: sum((row) => row.memoryMiB),
    storageGiB: sum((row) => row.storageGiB),
    transientMemoryMiB: Math.max(0, ...rows.filter(({ transient }) => transient).map(({ memoryMiB }) => memoryMiB)),
  };
}
