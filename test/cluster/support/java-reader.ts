import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { kafkaJars } from "../../support/kafka-jars";
import { kubeGet, NAMESPACE } from "./lab";

/** Kafka's own consumer needs no more than this for one topic. */
const HEAP = "-Xmx192m";

/** Where a committed record lies, and, where its headers say so, which record of `events` it was made from. */
export interface PlacedRecord {
  readonly partition: number;
  readonly offset: number;
  readonly sourcePartition: number | undefined;
  readonly sourceOffset: number | undefined;
}

/**
 * Reads a topic with Kafka's own Java consumer, read-committed: the reference for what a reader sees of transactions.
 * Goes on until `see` answers false, or nothing more has come for a while.
 */
export async function readCommitted(topic: string, see: (record: PlacedRecord) => boolean): Promise<void> {
  const jars = await kafkaJars();
  const directory = mkdtempSync(join(tmpdir(), "lab-reader-"));
  const brokers = await brokerAddresses();
  const hosts = join(directory, "hosts");
  writeFileSync(
    hosts,
    `${[...brokers].map(([name, address]) => `${address} ${name}`).join("\n")}\n127.0.0.1 localhost\n`,
  );
  const config = join(directory, "consumer.properties");
  writeFileSync(config, "isolation.level=read_committed\nauto.offset.reset=earliest\nenable.auto.commit=false\n");
  const bootstrap = [...brokers.keys()].map((name) => `${name}:9093`).join(",");
  const java = spawn(
    "java",
    [
      HEAP,
      "-XX:+UseSerialGC",
      `-Djdk.net.hosts.file=${hosts}`,
      "-cp",
      join(jars, "*"),
      "org.apache.kafka.tools.consumer.ConsoleConsumer",
      "--bootstrap-server",
      bootstrap,
      "--topic",
      topic,
      "--from-beginning",
      "--group",
      `test-${Date.now()}`,
      "--command-config",
      config,
      "--timeout-ms",
      "30000",
      "--formatter-property",
      "print.headers=true",
      "--formatter-property",
      "print.partition=true",
      "--formatter-property",
      "print.offset=true",
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let errors = "";
  java.stderr.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-2000);
  });
  const ended = new Promise<void>((resolve) => java.once("close", () => resolve()));
  let enough = false;
  let seen = 0;
  try {
    for await (const line of createInterface({ input: java.stdout })) {
      const record = parsePlaced(line);
      if (!record) throw new Error(`not a record of ${topic}: ${line.slice(0, 200)}`);
      seen++;
      if (see(record)) continue;
      enough = true;
      break;
    }
    if (!enough && seen === 0) throw new Error(`Kafka's consumer read nothing of ${topic}: ${errors}`);
  } finally {
    java.kill("SIGKILL");
    await ended;
    rmSync(directory, { recursive: true, force: true });
  }
}

function parsePlaced(line: string): PlacedRecord | undefined {
  const [partition = "", offset = "", headers = ""] = line.split("\t");
  const at = /^Partition:(\d+)$/.exec(partition)?.[1];
  const place = /^Offset:(\d+)$/.exec(offset)?.[1];
  if (at === undefined || place === undefined) return undefined;
  const number = (name: string): number | undefined => {
    const text = new RegExp(`${name}:(\\d+)`).exec(headers)?.[1];
    return text === undefined ? undefined : Number(text);
  };
  const [sourcePartition, sourceOffset] = [number("source\\.partition"), number("source\\.offset")];
  return { partition: Number(at), offset: Number(place), sourcePartition, sourceOffset };
}

/** Names under which brokers advertise themselves, and the addresses of their pods now. */
async function brokerAddresses(): Promise<Map<string, string>> {
  interface BrokerPod {
    metadata: { name: string };
    spec: { subdomain?: string };
    status: { podIP?: string };
  }
  const { items } = await kubeGet<{ items: BrokerPod[] }>("pods", "--selector", "app.kubernetes.io/name=kafka");
  return new Map(
    items.flatMap(({ metadata, spec, status }) => {
      const name = `${metadata.name}.${spec.subdomain}.${NAMESPACE}.svc`;
      return status.podIP ? [[name, status.podIP] as const, [`${name}.cluster.local`, status.podIP] as const] : [];
    }),
  );
}
