import { type Kafka, Partitioners } from "kafkajs";
import { eventually, inNamespace, LAMBDA } from "./lab";
import { PARTITIONS } from "./load";
import { addressOf } from "./service";

/** The objects of stack lambda. */
export const lambda = inNamespace(LAMBDA);

const urls = new Map<string, string>();

/** Address of a Service of stack lambda, as this machine reaches it; asked for once, as it is the same while the stack stands. */
export async function serviceUrl(name: string): Promise<string> {
  const url = urls.get(name) ?? (await addressOf(lambda, name));
  urls.set(name, url);
  return url;
}

/** Runs SQL on Druid through its Router, as any client would. */
export async function druidSql<T>(query: string): Promise<T[]> {
  const answer = await fetch(`${await serviceUrl("druid-router")}/druid/v2/sql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, context: { useApproximateCountDistinct: false } }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Druid: ${answer.status} ${text.slice(0, 300)}`);
  return JSON.parse(text) as T[];
}

/** `hdfs dfs …` in the NameNode's pod. */
export function hdfs(...args: string[]): Promise<string> {
  return lambda.kubectl("exec", "namenode-0", "--container=namenode", "--", "hdfs", ...args);
}

/** Asks WebHDFS for something; undefined when there is no such file. @throws with HDFS's own reason */
async function webHdfs<T>(path: string, operation: string): Promise<T | undefined> {
  const answer = await fetch(`${await serviceUrl("namenode")}/webhdfs/v1${path}?op=${operation}`);
  const text = await answer.text();
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Error(`WebHDFS: ${answer.status} ${text.slice(0, 300)}`);
  return JSON.parse(text) as T;
}

/** Paths of a day's files that readers see; none when there is no such directory yet. */
async function filesOf(day: string): Promise<string[]> {
  const directory = `/lambda/events/dt=${day}`;
  type Listing = { FileStatuses: { FileStatus: { pathSuffix: string }[] } };
  const found = await webHdfs<Listing>(directory, "LISTSTATUS");
  return (found?.FileStatuses.FileStatus ?? [])
    .map(({ pathSuffix }) => pathSuffix)
    .filter((name) => !/^[._]/.test(name))
    .sort()
    .map((name) => `${directory}/${name}`);
}

/** All lines that readers of a day's directory see. */
export async function linesOf(day: string): Promise<string[]> {
  return linesIn(await filesOf(day));
}

/** Lines of files. By WebHDFS, as `hdfs dfs` starts a JVM each time; a lab's only DataNode has all of them. */
async function linesIn(files: readonly string[]): Promise<string[]> {
  if (files.length === 0) return [];
  const { status } = await lambda.kubeGet<{ status: { podIP: string } }>("pod/datanode-0");
  const lines: string[] = [];
  for (const file of files) {
    const place = await webHdfs<{ Location: string }>(file, "OPEN&noredirect=true");
    if (!place) throw new Error(`${file} is gone`);
    const there = new URL(place.Location);
    there.hostname = status.podIP; // its name is the cluster's own
    const answer = await fetch(there);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`WebHDFS: ${answer.status} ${text.slice(0, 300)}`);
    lines.push(...text.split("\n").filter((line) => line !== ""));
  }
  return lines;
}

/** Sends raw values to `events`, each to the partition of its place in the list, so that copies land on different ones. */
export async function sendRaw(kafka: Kafka, values: readonly (Buffer | string | null)[]): Promise<void> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const messages = values
        .filter((_, index) => index % PARTITIONS === partition)
        .map((value) => ({ value, partition }));
      for (let at = 0; at < messages.length; at += 1000) {
        await producer.send({ topic: "events", acks: -1, messages: messages.slice(at, at + 1000) });
      }
    }
  } finally {
    await producer.disconnect();
  }
}

/** Waits until a day's directory shows readers so much; lines are counted unless `amount` counts otherwise. */
export async function collected(
  day: string,
  count: number,
  seconds = 240,
  amount: (lines: readonly string[]) => number = ({ length }) => length,
): Promise<string[]> {
  let known: string[] = [];
  let found: string[] = [];
  return eventually(`${count} lines of ${day} in HDFS`, seconds, async () => {
    const files = await filesOf(day);
    if (files.join() !== known.join()) {
      found = await linesIn(files);
      known = files;
    }
    if (amount(found) < count) throw new Error(`${amount(found)} so far`);
    return found;
  });
}
