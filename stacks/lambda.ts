import { DruidSupervisor } from "../components/druid/druid-supervisor";
import { eventsSupervisor } from "../components/druid/events-supervisor";
import { FlumeAgent, flumeHeapMiB } from "../components/flume/flume-agent";
import { lambdaCollector } from "../components/flume/lambda-collector";
import { JobTemplate } from "../components/one-shot-job";
import { ScheduledJob } from "../components/scheduled-job";
import type { ReindexConfig } from "../jobs/reindex/config";
import type { VerifyLambdaConfig } from "../jobs/verify-lambda/config";
import { DEAD_LETTER, EVENTS, enrichedEvents, LARGEST_EVENT, STAGED_EVENTS, STAGES } from "./enriched-events";
import { BATCH, FINDINGS, MALFORMED, RAW_EVENTS, SPEED } from "./lambda-names";
import type { Pipeline, Platform } from "./platform";
import type { LambdaSettings, Settings } from "./settings";
import { DEPTS, NAMES } from "./static-tables";

/**
 * The lambda pipeline. Speed layer: `events_stages` → Druid. Batch layer: `events` → Flume → HDFS → reindex → Druid.
 */
export const lambda: Pipeline = {
  topics: STAGED_EVENTS,
  databases: ["druid"],
  deploy,
};

function deploy(platform: Platform, { events, lambda: settings }: Settings): void {
  enrichedEvents(platform, events);
  collector(platform, settings);
  speedLayer(platform, settings);
  batchLayer(platform, settings);
}

/** Enriched events into Druid, within seconds. */
function speedLayer(platform: Platform, { taskSeconds }: LambdaSettings): void {
  const { place, images, size, kafka, druid, topics, options } = platform;
  platform.add(
    new DruidSupervisor(
      "supervise",
      {
        place,
        image: images.reference("supervise"),
        ...size.tool,
        druid,
        kafka: kafka.endpoint,
        spec: eventsSupervisor({
          topic: STAGES,
          dataSource: SPEED,
          bootstrapServers: kafka.bootstrapServers,
          taskDuration: `PT${taskSeconds}S`,
          ...size.indexing,
        }),
      },
      { ...options, dependsOn: [druid, topics] },
    ),
  );
}

/** Raw events into HDFS, a directory for each day. */
function collector(platform: Platform, { rollSeconds }: LambdaSettings): void {
  const { place, images, size, kafka, hdfs, topics, options } = platform;
  platform.add(
    new FlumeAgent(
      "collect-hdfs",
      {
        place,
        image: images.reference("flume"),
        keepData: size.keepData,
        ...size.flume,
        config: lambdaCollector({
          bootstrapServers: kafka.bootstrapServers,
          topic: EVENTS,
          groupId: "collect-hdfs",
          directory: RAW_EVENTS,
          rollSeconds,
          largestMiB: LARGEST_EVENT / 1024 ** 2,
          heapMiB: flumeHeapMiB(size.flume.memoryMiB),
        }),
        calls: [kafka.endpoint],
        hdfs: { clientFiles: hdfs.clientFiles, calls: hdfs.clientCalls },
      },
      { ...options, dependsOn: [topics] },
    ),
  );
}

/** So long a nightly reindex may take before a check calls its day's rows missing. */
const REINDEX_TAKES_HOURS = 1;

/** Whole days from HDFS into Druid: every night that of yesterday, and any day when asked. */
function batchLayer(platform: Platform, { reindexHour }: LambdaSettings): void {
  const { place, images, size, kafka, druid, hdfs, options } = platform;
  const reads = {
    druid: { url: druid.routerUrl },
    hdfs: { urls: [...hdfs.webHdfs], user: "lab" },
    events: RAW_EVENTS,
    names: [...NAMES],
    depts: [...DEPTS],
  };
  const calls = [druid.endpoint, ...hdfs.clientCalls];
  const afterServers = { ...options, dependsOn: [druid, hdfs] };
  platform.add(
    new ScheduledJob<ReindexConfig>(
      "reindex",
      {
        place,
        image: images.reference("reindex"),
        ...size.tool,
        schedule: `0 ${reindexHour} * * *`,
        config: {
          ...reads,
          malformed: MALFORMED,
          datasource: BATCH,
          findings: FINDINGS,
          workers: size.druid.indexer.replicas ?? 1,
        },
        calls,
      },
      afterServers,
    ),
  );
  platform.add(
    new JobTemplate<VerifyLambdaConfig>(
      "verify-lambda",
      {
        place,
        image: images.reference("verify-lambda"),
        ...size.bulk,
        config: {
          kafka: { brokers: [kafka.bootstrapServers] },
          ...reads,
          topics: { input: EVENTS, deadLetter: DEAD_LETTER },
          datasources: { speed: SPEED, batch: BATCH },
          reindexHours: reindexHour + REINDEX_TAKES_HOURS,
        },
        calls: [...calls, kafka.endpoint],
      },
      afterServers,
    ),
  );
}
