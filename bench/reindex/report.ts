/** What was measured of one way to reindex a day. */
export interface Figures {
  readonly name: string;
  readonly seconds: number;
  /** User and system time of all processes that take part. */
  readonly cpuSeconds: number;
}

/** Time and CPU of each, and how many times as much the others take as the first one. */
export function report(rows: number, first: Figures, others: readonly Figures[]): string {
  const lines = [`${rows} rows`, line("", "seconds", "CPU s", "rows/s", "rows/CPU s")];
  for (const { name, seconds, cpuSeconds } of [first, ...others]) {
    const figures = [
      seconds.toFixed(1),
      cpuSeconds.toFixed(1),
      (rows / seconds).toFixed(0),
      (rows / cpuSeconds).toFixed(0),
    ];
    lines.push(line(name, ...figures));
  }
  for (const other of others) {
    const time = (other.seconds / first.seconds).toFixed(2);
    const cpu = (other.cpuSeconds / first.cpuSeconds).toFixed(2);
    lines.push(`${other.name} : ${first.name} = ${time} in time, ${cpu} in CPU seconds`);
  }
  return lines.join("\n");
}

function line(name: string, ...columns: string[]): string {
  return [name.padEnd(44), ...columns.map((column) => column.padStart(12))].join("");
}
