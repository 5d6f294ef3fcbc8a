import type { PlanRow, PlanTotal } from "../components/core/capacity";
import type { Measured } from "./measured-memory";
import { stringConfig } from "./stack-config";
import { table } from "./table";
import type { Plan } from "./target";

/** What a stack asks for, by workload and in all. */
export interface Capacity {
  readonly rows: PlanRow[];
  readonly total: PlanTotal;
}

/** Computes what a stack asks for from the program itself, without an engine and without a cluster. */
export async function capacityOf({ file, settings }: Pick<Plan, "file" | "settings">): Promise<Capacity> {
  // Loaded when needed: the Pulumi SDK takes a second that `lab status` need not wait for.
  const [{ planStack }, { planTotal }] = await Promise.all([
    import("../stacks/plan"),
    import("../components/core/capacity"),
  ]);
  const rows = await planStack(file.stack, {
    ...stringConfig(file.config),
    "bigdata-lab:namespace": settings.namespace,
  });
  return { rows, total: planTotal(rows) };
}

/** A capacity as a table for the terminal. */
export function capacityTable({ rows, total }: Capacity): string {
  const lines = rows.map((r) => [
    r.workload,
    r.kind,
    r.transient ? "while it runs" : r.replicas,
    r.millicores / 1000,
    r.memoryMiB,
    r.storageGiB,
  ]);
  return [
    table(["WORKLOAD", "KIND", "REPLICAS", "CPU", "MEMORY MiB", "STORAGE GiB"], lines),
    "",
    `in all: ${total.millicores / 1000} CPU, ${total.memoryMiB} MiB memory (and ${total.transientMemoryMiB} MiB while a job runs), ${total.storageGiB} GiB storage`,
  ].join("\n");
}

/**
 * A capacity as a Markdown table, for the README.
 * @param measured what the workloads took when the stack ran @default no such column
 */
export function capacityMarkdown({ rows, total }: Capacity, measured?: Measured): string {
  const cells = (row: readonly (string | number)[]): string => `| ${row.join(" | ")} |`;
  const beside = (cell: string | number): (string | number)[] => (measured ? [cell] : []);
  const inAll = rows.reduce((sum, { workload }) => sum + (measured?.[workload] ?? 0), 0);
  return [
    cells(["workload", "kind", "replicas", "CPU", "memory MiB", ...beside("measured MiB"), "storage GiB"]),
    cells(["---", "---", "--:", "--:", "--:", ...beside("--:"), "--:"]),
    ...rows.map((r) =>
      cells([
        r.workload,
        r.kind,
        r.transient ? "while it runs" : r.replicas,
        r.millicores / 1000,
        r.memoryMiB,
        ...beside(measured?.[r.workload] ?? ""),
        r.storageGiB,
      ]),
    ),
    cells([
      "**in all**",
      "",
      "",
      total.millicores / 1000,
      `${total.memoryMiB} (+ ${total.transientMemoryMiB})`,
      ...beside(inAll),
      total.storageGiB,
    ]),
  ].join("\n");
}
