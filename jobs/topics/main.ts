import { runOnce } from "../core/job";
import { connectKafka } from "../core/kafka";
import { topicsConfigSchema } from "./config";
import { runTopics } from "./run";

runOnce("topics", topicsConfigSchema, (config, log) =>
  runTopics(config, connectKafka({ ...config.kafka, clientId: "topics", log }), log),
);
