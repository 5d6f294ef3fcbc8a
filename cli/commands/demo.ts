import { LabFailure } from "../../cluster/core/failure";
import { withLock } from "../../cluster/core/lock";
import { Progress } from "../../cluster/core/progress";
import { BATCH, RAW_EVENTS, SPEED } from "../../stacks/lambda-names";
import { type Command, EXIT, parse, usageFailure } from "../command";
import { type DruidReader, druidReader } from "../druid-sql";
import { finished, type HdfsReader, hdfsReader } from "../hdfs-files";
import { sleep } from "../interrupt";
import { runJob } from "../job";
import type { Kube } from "../kube";
import { exists } from "../lambda-status";
import {
  EXPECTED,
  freeDay,
  holds,
  type IdCount,
  idsQuery,
  type LateEvents,
  type LayerRow,
  lateEvents,
  layerRow,
  layerTable,
  usedDaysQuery,
} from "../late-demo";
import { table } from "../table";
import { connect, type Plan, planFor, requireCluster, requirePipeline, TARGET_OPTIONS, TARGET_USAGE } from "../target";
import { runningPod } from "../workloads";

const DEMOS = ["late-and-duplicates"] as const;
/** From a record sent to a row in Druid and a file that readers of HDFS see, beside the time a file is written for. */
const ARRIVAL_SECONDS = 120;
const POLL_MS = 1_500;

export const command: Command = {
  name: "demo",
  usage: `late-and-duplicates ${TARGET_USAGE} [--yes]`,
  summary:
    "sends late and duplicated events, and shows what each layer of lambda makes of them (exit code 1 if not so)",
  details: [
    "Chooses an old day of which nothing was collected, so that its numbers are clear; sends events of it and reindexes it;",
    "then sends more events of that day, late, and some of the first a second time. The speed layer has all of them at once,",
    "duplicates included; the batch layer has what the last reindex saw, until the next one settles both. Nothing is removed",
    "afterwards: each run takes another day.",
  ].join("\n"),
  async run(args) {
    const { words, options } = parse(
      command,
      args,
      { ...TARGET_OPTIONS, yes: { type: "boolean", short: "y" } },
      { min: 1, max: 1 },
    );
    if (!(DEMOS as readonly string[]).includes(words[0] ?? "")) {
      throw usageFailure(command, `unknown demonstration "${words[0]}"; there are: ${DEMOS.join(", ")}`);
    }
    const plan = requirePipeline(command, requireCluster(command, planFor(options.stack, options.context)), "lambda");
    if (plan.settings.size !== "lab" && !options.yes) {
      throw usageFailure(
        command,
        `lab demo: stack ${plan.file.stack} is not the lab, and what the demonstration sends stays: say --yes`,
      );
    }
    return withLock("lab", "lab demo", () => demonstrate(plan));
  },
};

/** What the steps of the demonstration work on. */
interface Stage {
  readonly kube: Kube;
  readonly druid: DruidReader;
  readonly hdfs: HdfsReader;
  readonly day: string;
  readonly events: LateEvents;
  /** How long to wait for events to arrive in both stores. */
  readonly arrivalSeconds: number;
}

async function demonstrate(plan: Plan): Promise<number> {
  const progress = new Progress();
  const { kube } = await connect(plan, progress);
  return kube.withApi(async (api) => {
    const druid = druidReader(api, kube.namespace);
    const day = freeDay(await usedDays(druid));
    const stage: Stage = {
      kube,
      druid,
      hdfs: hdfsReader(api, kube.namespace),
      day,
      events: lateEvents(day),
      arrivalSeconds: ARRIVAL_SECONDS + plan.settings.lambda.rollSeconds,
    };
    const { onTime, late, repeated } = stage.events;
    await progress.step(`${onTime.length} events of ${day}`, (report) =>
      collect(stage, onTime, EXPECTED.settled, report),
    );
    await progress.step(`reindex of ${day}`, (report) => reindex(stage, report));
    await progress.step(`${late.length} late events and ${repeated.length} duplicates`, (report) =>
      collect(stage, [...late, ...repeated], EXPECTED.speed, report),
    );
    const before = await layers(stage);
    await progress.step(`reindex of ${day}`, (report) => reindex(stage, report));
    const after = await layers(stage);
    process.stdout.write(
      [
        "",
        `${day} before the reindex: the speed layer has all that came, the batch layer what the last reindex saw`,
        shown(before),
        "",
        `${day} after it: the batch layer has each event once, the late ones too`,
        shown(after),
        "",
        "",
      ].join("\n"),
    );
    const asPromised =
      holds(before.speed, EXPECTED.speed) &&
      holds(before.batch, EXPECTED.settled) &&
      holds(after.speed, EXPECTED.speed) &&
      holds(after.batch, EXPECTED.reindexed);
    process.stdout.write(asPromised ? "pass\n" : "FAIL: the numbers are not what was sent\n");
    return asPromised ? EXIT.ok : EXIT.failed;
  });
}

/** What both layers hold of the day. */
interface Layers {
  readonly speed: LayerRow;
  readonly batch: LayerRow;
}

async function layers(stage: Stage): Promise<Layers> {
  return { speed: await layerOf(stage, "speed", SPEED), batch: await layerOf(stage, "batch", BATCH) };
}

async function layerOf({ druid, day, events }: Stage, layer: string, datasource: string): Promise<LayerRow> {
  const ids = (await exists(druid, datasource)) ? await druid.sql<IdCount>(idsQuery(datasource, day)) : [];
  return layerRow(`${layer}: ${datasource}`, ids, events.lateIds);
}

function shown({ speed, batch }: Layers): string {
  const { header, rows } = layerTable([speed, batch]);
  return table(header, rows);
}

async function usedDays(druid: DruidReader): Promise<Set<string>> {
  const used = new Set<string>();
  for (const datasource of [SPEED, BATCH]) {
    if (!(await exists(druid, datasource))) continue;
    for (const { day } of await druid.sql<{ day: string }>(usedDaysQuery(datasource))) used.add(day);
  }
  return used;
}

/** Sends lines to topic `events`, and waits until the speed layer has them all and readers of HDFS see them all. */
async function collect(
  stage: Stage,
  lines: readonly string[],
  expected: Omit<LayerRow, "layer">,
  report: (detail: string) => void,
): Promise<void> {
  const { kube, hdfs, day, arrivalSeconds } = stage;
  const directory = `${RAW_EVENTS}/dt=${day}`;
  const stored = async (): Promise<number> =>
    finished(await hdfs.list(directory)).reduce((sum, { bytes }) => sum + bytes, 0);
  const wanted = (await stored()) + Buffer.byteLength(`${lines.join("\n")}\n`);
  await produce(kube, lines);

  const deadline = Date.now() + arrivalSeconds * 1000;
  for (;;) {
    const { rows } = await layerOf(stage, "speed", SPEED);
    const bytes = await stored();
    const arrived = `${rows} of ${expected.rows} rows in Druid, ${bytes} of ${wanted} bytes in HDFS`;
    report(arrived);
    if (rows === expected.rows && bytes >= wanted) return;
    if (Date.now() > deadline) {
      throw new LabFailure(`not all arrived in ${arrivalSeconds} s: ${arrived}`, {
        fix: "lab status shows which hop stands still",
      });
    }
    await sleep(POLL_MS);
  }
}

/** Sends lines to topic `events` with Kafka's own console producer, in the broker's pod. */
async function produce(kube: Kube, lines: readonly string[]): Promise<void> {
  const broker = await runningPod(kube, "kafka");
  const tool = ["kafka-console-producer.sh", "--bootstrap-server", "kafka:9093", "--topic", "events"];
  await kube.run(["exec", "--stdin", broker.metadata.name, "--container", "kafka", "--", ...tool], {
    input: `${lines.join("\n")}\n`,
  });
}

async function reindex({ kube, day }: Stage, report: (detail: string) => void): Promise<void> {
  const said: string[] = [];
  const code = await runJob(kube, "reindex", { day }, (line) => {
    said.push(line);
    report(line);
  });
  if (code !== 0) throw new LabFailure(`the reindex of ${day} ended with exit code ${code}:\n${said.join("\n")}`);
}
