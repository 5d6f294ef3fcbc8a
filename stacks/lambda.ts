import { enrichedEvents, STAGED_EVENTS } from "./enriched-events";
import type { Pipeline, Platform } from "./platform";
import type { Settings } from "./settings";

/**
 * The lambda pipeline. Speed layer: `events_stages` → Druid. Batch layer: `events` → Flume → HDFS → reindex → Druid.
 */
export const lambda: Pipeline = {
  topics: STAGED_EVENTS,
  databases: ["druid"],
  deploy,
};

function deploy(platform: Platform, { events }: Settings): void {
  enrichedEvents(platform, events);
}
