import { readFileSync } from "node:fs";
import { CompressionTypes, Kafka, logLevel } from "kafkajs";

/*
 * The ceiling of the client: bare kafkajs copies the records as they are. One request per partition and 1000 records, which
 * is where kafkajs is fastest (it groups a request's records in quadratic time).
 */
const RECORDS_A_REQUEST = 1_000;

const { brokers, input, output, groupId } = JSON.parse(readFileSync(process.env.JOB_CONFIG ?? "", "utf8")) as {
  brokers: string[];
  input: string;
  output: string;
  groupId: string;
};
const kafka = new Kafka({ brokers, clientId: "pass-through", logLevel: logLevel.WARN });
const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 500, maxBytes: 4 * 1_048_576 });
const producer = kafka.producer({
  createPartitioner:
    () =>
    ({ message }) =>
      message.partition ?? 0,
});

async function main(): Promise<void> {
  await Promise.all([consumer.connect(), producer.connect()]);
  await consumer.subscribe({ topics: [input], fromBeginning: true });
  await consumer.run({
    autoCommit: true,
    eachBatchAutoResolve: true,
    partitionsConsumedConcurrently: 2,
    eachBatch: async ({ batch, heartbeat }) => {
      const { partition } = batch;
      for (let at = 0; at < batch.messages.length; at += RECORDS_A_REQUEST) {
        const messages = batch.messages
          .slice(at, at + RECORDS_A_REQUEST)
          .map(({ key, value }) => ({ key, value, partition }));
        await producer.send({ topic: output, acks: -1, compression: CompressionTypes.None, messages });
      }
      await heartbeat();
    },
  });
}

process.once("SIGTERM", () => process.exit(0));
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
