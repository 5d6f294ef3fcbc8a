import { JOB_HTTP_PORT } from "../components/core/job-pod";
import { StreamJob } from "../components/stream-job";
import type { EnrichConfig } from "../jobs/enrich/config";
import type { GenerateConfigInput } from "../jobs/generate/config";
import type { Platform, Topic } from "./platform";
import type { EventsSettings } from "./settings";
import { DEPTS, NAMES } from "./static-tables";

export const EVENTS = "events";
export const STAGES = "events_stages";
export const DEAD_LETTER = "events.dead-letter";
export const ENRICH_GROUP = "enrich";
/** Largest batch of events, in bytes. The topics made of them take twice that: joined columns and headers must fit too. */
export const LARGEST_EVENT = 2 * 1024 ** 2;
const LARGE = { "max.message.bytes": String(LARGEST_EVENT) };
const LARGER = { "max.message.bytes": String(2 * LARGEST_EVENT) };

/** The topics of all pipelines that start with the collector. */
export const STAGED_EVENTS: readonly Topic[] = [
  { name: EVENTS, partitions: 6, configs: LARGE },
  { name: STAGES, partitions: 6, configs: LARGER }, // with 10 keys, 4 partitions would put half of all on one
  { name: DEAD_LETTER, partitions: 1, configs: LARGER },
];

/** What kappa and lambda begin with: collector → `events` → enrich → `events_stages`. Declared once, whoever asks. */
export function enrichedEvents(platform: Platform, events: EventsSettings): void {
  platform.once("enriched events", () => declare(platform, events));
}

function declare(platform: Platform, events: EventsSettings): void {
  const { images, place, size, options, topics } = platform;
  const kafka = { brokers: [platform.kafka.bootstrapServers] };
  const http = { port: JOB_HTTP_PORT };
  const common = { place, calls: [platform.kafka.endpoint] };
  const afterTopics = { ...options, dependsOn: [topics] };

  platform.add(
    new StreamJob<GenerateConfigInput>(
      "generate",
      {
        ...common,
        ...size.jobs.generate,
        image: images.reference("generate"),
        alone: true,
        config: {
          kafka,
          http,
          topic: EVENTS,
          hello: "ssm-seoul",
          flushMs: 3000,
          ratePerSecond: events.perSecond,
          disorder: events.disorder,
        },
      },
      afterTopics,
    ),
  );
  platform.add(
    new StreamJob<EnrichConfig>(
      "enrich",
      {
        ...common,
        ...size.jobs.enrich,
        image: images.reference("enrich"),
        spread: size.spread,
        config: {
          kafka,
          http,
          topics: { input: EVENTS, output: STAGES, deadLetter: DEAD_LETTER },
          groupId: ENRICH_GROUP,
          names: [...NAMES],
          depts: [...DEPTS],
        },
      },
      afterTopics,
    ),
  );
}
