import { expect } from "vitest";
import { checkConfig } from "../../../jobs/core/config";
import { connectDruid } from "../../../jobs/core/druid";
import { connectWebHdfs } from "../../../jobs/core/webhdfs";
import { reindexSchema } from "../../../jobs/reindex/config";
import { runReindex } from "../../../jobs/reindex/run";
import { ModelDruid } from "./model-druid";

export const DAY = "2026-01-15";
export const FILE = `/lambda/events/dt=${DAY}/events.1.json`;

/** Druid and HDFS as a run of the job finds them, and what it says. */
export class RunWorld {
  readonly said: string[] = [];
  /** What tells the next runs to stop. */
  stop = new AbortController();

  private constructor(readonly druid: ModelDruid) {}

  /** Ten lines: four events, one of them twice, two of other days, three malformed, one of those in the day before. */
  static async start(): Promise<RunWorld> {
    const druid = await new ModelDruid().start();
    druid.files.set(FILE, "raw");
    druid.findings = [
      { finding: "event", file: FILE, line: null, lines: 5 },
      { finding: "other-day", file: FILE, line: null, lines: 2 },
      { finding: "not-json", file: FILE, line: "{", lines: 2 },
      { finding: "id-missing", file: "/lambda/events/dt=2026-01-14/x.json", line: null, lines: 1 },
    ];
    druid.queryable = 4;
    druid.outcomes.set("events_lines", { counts: { lines: 10, kept: 4, rows: 4 } });
    druid.outcomes.set("events_batch", { counts: { lines: 10, kept: 5, rows: 4 } });
    return new RunWorld(druid);
  }

  /** Runs the job; resolves with its exit code. */
  reindex(change: object = {}): Promise<number> {
    const { druid, said, stop } = this;
    const config = {
      druid: { url: druid.url },
      hdfs: { urls: [druid.url], user: "lab" },
      events: "/lambda/events",
      malformed: "/lambda/malformed",
      names: [],
      depts: [],
      settleSeconds: 0,
      day: DAY,
      loadSeconds: 1,
      ...change,
    };
    const settings = checkConfig(reindexSchema, config, "config");
    return runReindex(settings, {
      druid: connectDruid(settings.druid),
      hdfs: connectWebHdfs(settings.hdfs),
      say: (line) => said.push(line),
      stop: stop.signal,
      now: () => Date.parse("2026-01-15T16:00:00Z"), // one in the morning of the 16th
      pollMs: 5,
      patienceMs: 500,
    });
  }

  /** Ids of the tasks that were run, in their order. */
  ran(): string[] {
    return this.druid.changes.filter((change) => change.startsWith("run ")).map((change) => change.slice(4));
  }
}

/** Matches the id of a task of {@link DAY}. */
export function idOf(datasource: string, attempt: number): string {
  return expect.stringMatching(new RegExp(`^reindex_${datasource}_${DAY}_[0-9a-f]{12}_${attempt}$`)) as string;
}
