import { directMiB, type RoleShare, roleMemory } from "../components/druid/memory";
import { ROLES, type Role } from "../components/druid/roles";

/** How each of Druid's roles is fitted into its limit, as a Markdown table. */
export function druidMemoryMarkdown(shares: Readonly<Record<Role, RoleShare>>): string {
  const cells = (row: readonly (string | number)[]): string => `| ${row.join(" | ")} |`;
  return [
    cells(["role", "limit MiB", "heap MiB", "direct memory MiB", "of it buffers"]),
    cells(["---", "--:", "--:", "--:", "---"]),
    ...ROLES.map((role) => {
      const { jvm, processing, taskSlots } = roleMemory(role, shares[role]);
      const buffers = processing && `${directMiB(processing) / processing.bufferMiB} of ${processing.bufferMiB} MiB`;
      const name = taskSlots === undefined ? role : `${role}, ${taskSlots} task slots`;
      return cells([name, shares[role].memoryMiB, jvm.heapMiB, jvm.directMiB, buffers ?? "none"]);
    }),
  ].join("\n");
}
