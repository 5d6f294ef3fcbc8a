import { DruidSupervisor } from "../components/druid/druid-supervisor";
import { eventsSupervisor } from "../components/druid/events-supervisor";
import { FlumeAgent, flumeHeapMiB } from "../components/flume/flume-agent";
import { lambdaCollector } from "../components/flume/lambda-collector";
import { EVENTS, enrichedEvents, LARGEST_EVENT, STAGED_EVENTS, STAGES } from "./enriched-events";
import type { Pipeline, Platform } from "./platform";
import type { LambdaSettings, Settings } from "./settings";

/** Raw events in HDFS, a directory for each Seoul day. */
const EVENTS_DIRECTORY = "/lambda/events";

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
          dataSource: STAGES,
          bootstrapServers: kafka.bootstrapServers,
          taskDuration: `PT${taskSeconds}S`,
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
          directory: EVENTS_DIRECTORY,
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
