/** What a task has done so far, or in all. */
export interface TaskCounts {
  /** Lines of the input files. */
  readonly lines: number;
  /** Rows that the first stage, which reads and filters, has handed on. */
  readonly kept: number;
  /** Rows written into segments. */
  readonly rows: number;
}

/** A task's report, as far as it is used. */
export interface TaskReport {
  readonly multiStageQuery?: {
    readonly payload?: {
      readonly status?: {
        readonly errorReport?: { readonly error?: { readonly errorCode?: string; readonly errorMessage?: string } };
      };
      readonly stages?: readonly Stage[];
      readonly counters?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Counter>>>>>>;
    };
  };
}

interface Stage {
  readonly stageNumber: number;
  readonly definition?: { readonly input?: readonly { readonly type: string }[] };
}

/** A counter of one worker in one stage; which fields there are depends on its type. */
interface Counter {
  readonly type: string;
  readonly rows?: readonly number[];
  readonly rowsPushed?: number;
}

/** Adds up the counters of all workers. */
export function countsOf(report: TaskReport | undefined): TaskCounts {
  const { stages = [], counters = {} } = report?.multiStageQuery?.payload ?? {};
  const reading = new Set(
    stages
      .filter(({ definition }) => definition?.input?.some(({ type }) => type === "external"))
      .map(({ stageNumber }) => String(stageNumber)),
  );
  const counts = { lines: 0, kept: 0, rows: 0 };
  for (const [stage, workers] of Object.entries(counters)) {
    for (const [name, counter] of Object.values(workers).flatMap((one) => Object.entries(one))) {
      if (reading.has(stage) && name.startsWith("input")) counts.lines += sum(counter.rows);
      if (reading.has(stage) && name === "output") counts.kept += sum(counter.rows);
      if (counter.type === "segmentGenerationProgress") counts.rows += counter.rowsPushed ?? 0;
    }
  }
  return counts;
}

/** Why a task failed, in one line. */
export function failureOf(report: TaskReport | undefined): string | undefined {
  const error = report?.multiStageQuery?.payload?.status?.errorReport?.error;
  if (!error) return undefined;
  return [error.errorCode, error.errorMessage].filter((part) => part !== undefined).join(": ");
}

function sum(values: readonly number[] = []): number {
  return values.reduce((total, value) => total + value, 0);
}
