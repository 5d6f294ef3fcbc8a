import { runStreamJob } from "../core/job";
import { connectKafka } from "../core/kafka";
import { enrichConfigSchema } from "./config";
import { runEnrich } from "./run";

runStreamJob("enrich", enrichConfigSchema, (context) => {
  const { kafka } = context.config;
  return runEnrich(context, connectKafka({ ...kafka, clientId: "enrich", log: context.log }));
});
