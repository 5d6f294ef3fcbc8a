import type * as k8s from "@pulumi/kubernetes";
import { podSelector } from "./labels";

type StatefulSetSpec = k8s.types.input.apps.v1.StatefulSetSpec;

/**
 * The parts of a StatefulSet's spec that give each instance a volume, mounted by the name `data`, and say what becomes of it:
 * one of an instance too many stays; all of them go with the workload, unless data is kept.
 */
export function dataVolume(
  workload: string,
  storageGiB: number,
  keepData = false,
): Pick<StatefulSetSpec, "persistentVolumeClaimRetentionPolicy" | "volumeClaimTemplates"> {
  return {
    persistentVolumeClaimRetentionPolicy: { whenDeleted: keepData ? "Retain" : "Delete", whenScaled: "Retain" },
    volumeClaimTemplates: [
      {
        metadata: { name: "data", labels: podSelector(workload) },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: `${storageGiB}Gi` } } },
      },
    ],
  };
}
