/** What was measured of one way to do the work. */
export interface Figures {
  readonly name: string;
  /** Records or rows, whatever all ways have the same number of. */
  readonly count: number;
  readonly seconds: number;
  /** User and system time of all processes that do the work. */
  readonly cpuSeconds: number;
  /** Largest resident memory. */
  readonly peakMiB?: number;
}

/** How a table is written. */
export interface Table {
  readonly title: string;
  /** What is counted. @example "events" */
  readonly unit: string;
  /** CPUs that each of them may use. */
  readonly cores: number;
}

/** Throughput per core and per CPU second of each, and the first one's ratios to the others. */
export function report({ title, unit, cores }: Table, figures: readonly Figures[]): string {
  const lines = [title, row(["", unit, "seconds", "CPU s", `${unit}/s core`, `${unit}/CPU s`, "peak MiB"])];
  for (const one of figures) {
    const { name, count, seconds, cpuSeconds, peakMiB } = one;
    const columns = [String(count), seconds.toFixed(2), cpuSeconds.toFixed(2), whole(rate(one) / cores)];
    lines.push(row([name, ...columns, whole(perCpu(one)), whole(peakMiB)]));
  }
  const [first, ...others] = figures;
  for (const other of first ? others : []) {
    lines.push(
      `${first?.name} : ${other.name} = ${ratio(first, other, rate)} in throughput, ${ratio(first, other, perCpu)} per CPU second`,
    );
  }
  return lines.join("\n");
}

function rate({ count, seconds }: Figures): number {
  return count / seconds;
}

function perCpu({ count, cpuSeconds }: Figures): number {
  return count / cpuSeconds;
}

function ratio(first: Figures | undefined, other: Figures, by: (figures: Figures) => number): string {
  const value = first ? by(first) / by(other) : Number.NaN;
  return Number.isFinite(value) ? value.toFixed(2) : "-";
}

/** A dash for what is not known: nothing was left to measure. */
function whole(value: number | undefined): string {
  return value !== undefined && Number.isFinite(value) ? value.toFixed(0) : "-";
}

function row([name = "", ...columns]: string[]): string {
  return [name.padEnd(40), ...columns.map((column) => column.padStart(16))].join("");
}
