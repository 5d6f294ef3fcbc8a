import type { types } from "@pulumi/kubernetes";

/** The one user and group our images run as; above 10000, so that it collides with no user of a node. */
export const LAB_UID = 10001;

/** Security context of every pod: Pod Security `restricted`, and volumes that our group can read. */
export function podSecurity(): types.input.core.v1.PodSecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: LAB_UID,
    runAsGroup: LAB_UID,
    fsGroup: LAB_UID,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** Security context of every container. Where a server must write, it gets a volume. */
export function containerSecurity(): types.input.core.v1.SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  };
}
