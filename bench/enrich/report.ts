/** What was measured of one way to enrich. */
export interface Figures {
  readonly name: string;
  readonly events: number;
  readonly seconds: number;
  /** User and system time of its process, JVM included. */
  readonly cpuSeconds: number;
  /** Largest resident memory. */
  readonly peakMiB?: number;
}

/** Events per wall second and per CPU second, and the first one's ratios to the others. */
export function report(figures: readonly Figures[], events: number): string {
  const lines = [`${events} events`, row(["", "events/s", "CPU s", "events/CPU s", "peak MiB"])];
  for (const one of figures) {
    const peak = one.peakMiB === undefined ? "-" : one.peakMiB.toFixed(0);
    lines.push(row([one.name, rate(one).toFixed(0), one.cpuSeconds.toFixed(2), perCpu(one).toFixed(0), peak]));
  }
  const [first, ...others] = figures;
  for (const other of first ? others : []) {
    lines.push(
      `${first?.name} : ${other.name} = ${ratio(first, other, rate)} in throughput, ${ratio(first, other, perCpu)} per CPU second`,
    );
  }
  return lines.join("\n");
}

function rate({ events, seconds }: Figures): number {
  return events / seconds;
}

function perCpu({ events, cpuSeconds }: Figures): number {
  return events / cpuSeconds;
}

function ratio(first: Figures | undefined, other: Figures, by: (figures: Figures) => number): string {
  return first ? (by(first) / by(other)).toFixed(2) : "-";
}

function row([name = "", ...columns]: string[]): string {
  return [name.padEnd(38), ...columns.map((column) => column.padStart(14))].join("");
}
