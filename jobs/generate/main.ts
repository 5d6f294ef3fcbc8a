import { runStreamJob } from "../core/job";
import { connectKafka } from "../core/kafka";
import { generateConfigSchema } from "./config";
import { runGenerate } from "./run";

runStreamJob("generate", generateConfigSchema, (context) => {
  const { kafka } = context.config;
  return runGenerate(context, connectKafka({ ...kafka, clientId: "generate", log: context.log }));
});
