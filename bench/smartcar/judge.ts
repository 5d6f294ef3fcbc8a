/** Readings in the topic and behind the topology at a moment. */
export interface Sample {
  /** Seconds since the step began. */
  readonly at: number;
  /** Readings written to the topic until then. */
  readonly written: number;
  /** Readings the topology has not committed yet. */
  readonly lag: number;
  /** Processor seconds that the whole machine has spent since it started. */
  readonly busySeconds: number;
}

/** What a step has shown. */
export interface Judgement {
  /** Readings written in a second. */
  readonly perSecond: number;
  /** Lag at the begin and at the end of the second half, as seconds of the step's own load. */
  readonly lagSeconds: readonly [from: number, to: number];
  /** Processors that were busy. */
  readonly cores: number;
  readonly holds: boolean;
}

/** Of what is written in a second, the part by which the lag may grow in a second and still be noise. */
const NOISE = 0.05;
const LEAST_SAMPLES = 6;

/**
 * Whether the topology keeps up. Only the second half of a step counts: a higher rate has a higher lag from the start, for what is
 * committed is always a window and a commit interval behind. The lag's growth is the slope of the line through all samples.
 * @throws when there are too few samples to say so
 */
export function judge(samples: readonly Sample[]): Judgement {
  const half = samples.slice(Math.floor(samples.length / 2));
  const [first, last] = [half[0], half.at(-1)];
  if (!first || !last || half.length < LEAST_SAMPLES)
    throw new Error(`${samples.length} samples are too few to judge by`);
  const seconds = last.at - first.at;
  const perSecond = (last.written - first.written) / seconds;
  if (perSecond <= 0) throw new Error("nothing was written");
  return {
    perSecond,
    lagSeconds: [first.lag / perSecond, last.lag / perSecond],
    cores: (last.busySeconds - first.busySeconds) / seconds,
    holds: slope(half) <= NOISE * perSecond,
  };
}

/** Readings by which the lag grows in a second: least squares. */
function slope(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number) => samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
  const [at, lag] = [mean((one) => one.at), mean((one) => one.lag)];
  const [above, below] = samples.reduce(
    ([sum, squares], one) => [sum + (one.at - at) * (one.lag - lag), squares + (one.at - at) ** 2],
    [0, 0],
  );
  return above / below;
}

/** A step as a line of the table. @param bytes length of a reading */
export function stepLine(name: string, { perSecond, lagSeconds, cores, holds }: Judgement, bytes: number): string {
  const columns = [
    perSecond.toFixed(0),
    ((perSecond * bytes) / 1024 ** 2).toFixed(2),
    lagSeconds[0].toFixed(1),
    lagSeconds[1].toFixed(1),
    cores.toFixed(2),
    holds ? "holds" : "falls behind",
  ];
  return tableLine(name, columns);
}

/** Heading of the table. */
export const HEADING = tableLine("", ["readings/s", "MiB/s", "lag s from", "to", "cores busy", ""]);

function tableLine(name: string, columns: readonly string[]): string {
  return [name.padEnd(30), ...columns.map((column) => column.padStart(13))].join("").trimEnd();
}
