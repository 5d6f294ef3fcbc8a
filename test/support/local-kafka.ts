import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { run } from "../../cluster/core/run";
import { kafkaJars } from "./kafka-jars";

/** Flags that keep a small JVM small. */
const SMALL_JVM = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=32m", "-Xss512k"];

/** Settings of {@link startLocalKafka}. */
export interface LocalKafkaOptions {
  /** First of the ports used: broker n listens on `port + 2n`, its controller on the next. @default free ones */
  readonly port?: number;
  /** @default 1 */
  readonly brokers?: number;
  /** Heap of each broker in MiB. @default 160 */
  readonly heapMiB?: number;
  /** Full speed (C2, two I/O threads) for benchmarks instead of a small memory footprint. @default false */
  readonly fast?: boolean;
  /** Further lines of server.properties. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** Real Kafka brokers on loopback, stopped and deleted by {@link LocalKafka.stop}. */
export interface LocalKafka {
  /** `127.0.0.1:port` of every broker. */
  readonly brokers: string[];
  /** Directory of data and logs. */
  readonly directory: string;
  /** Process id of a running broker. */
  pid(broker?: number): number;
  /** Kills a broker (default SIGKILL) and waits for its end. */
  kill(broker?: number, signal?: NodeJS.Signals): Promise<void>;
  /** Starts a broker that was killed and waits until it answers. */
  start(broker?: number): Promise<void>;
  /** Runs a class of the Kafka tools, e.g. `org.apache.kafka.tools.ConsoleProducer`. */
  tool(mainClass: string, args: string[], input?: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts brokers (KRaft, each also a controller) and waits until all answer. */
export async function startLocalKafka(options: LocalKafkaOptions): Promise<LocalKafka> {
  const { brokers: count = 1, heapMiB = 160, fast = false, properties = {} } = options;
  const port = options.port ?? (await freePorts(count * 2));
  const jars = await kafkaJars();
  const directory = mkdtempSync(join(tmpdir(), "lab-kafka-"));
  const ids = Array.from({ length: count }, (_, id) => id);
  const voters = ids.map((id) => `${id}@127.0.0.1:${port + 2 * id + 1}`).join(",");
  const running = new Map<number, ChildProcess>();

  const file = (id: number) => join(directory, `broker-${id}.properties`);
  for (const id of ids) writeFileSync(file(id), serverProperties(id, count, port, voters, directory, properties));
  writeFileSync(
    join(directory, "log4j2.properties"),
    "rootLogger.level=warn\nrootLogger.appenderRef.out.ref=out\nappender.out.type=Console\nappender.out.name=out\nappender.out.layout.type=PatternLayout\nappender.out.layout.pattern=%d %p %m %c%n%throwable\n",
  );
  const java = (heap: number) => [
    `-Xmx${heap}m`,
    `-Dlog4j2.configurationFile=${join(directory, "log4j2.properties")}`,
    "-cp",
    join(jars, "*"),
  ];
  for (const id of ids) {
    await run("java", [
      ...java(64),
      "kafka.tools.StorageTool",
      "format",
      "-t",
      "LabLabLabLabLabLabLabA",
      "-c",
      file(id),
    ]);
  }

  const start = async (id = 0) => {
    const log = join(directory, `broker-${id}.log`);
    const flags = fast ? ["-XX:+UseSerialGC"] : [...SMALL_JVM, "-XX:MaxMetaspaceSize=96m"];
    const child = spawn("java", [...flags, ...java(heapMiB), "kafka.Kafka", file(id)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const out = createWriteStream(log, { flags: "a" });
    child.stdout.pipe(out, { end: false });
    child.stderr.pipe(out, { end: false });
    child.once("exit", () => out.end());
    running.set(id, child);
    if (count === 1 || running.size > count / 2) await answering(port + 2 * id, () => child.exitCode !== null, log);
  };
  const kill = async (id = 0, signal: NodeJS.Signals = "SIGKILL") => {
    const child = running.get(id);
    if (!child) return;
    running.delete(id);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGCONT");
    child.kill(signal);
    await ended;
  };
  const killAll = () => {
    for (const child of running.values()) child.kill("SIGKILL");
  };
  process.once("exit", killAll);

  for (const id of ids) await start(id);
  for (const id of ids) await answering(port + 2 * id, () => false, join(directory, `broker-${id}.log`));
  return {
    brokers: ids.map((id) => `127.0.0.1:${port + 2 * id}`),
    directory,
    pid: (id = 0) => running.get(id)?.pid ?? -1,
    kill,
    start,
    tool: async (mainClass, args, input) =>
      (await run("java", [...java(128), mainClass, ...args], { input, timeoutMs: 120_000 })).stdout,
    stop: async () => {
      process.off("exit", killAll);
      await Promise.all(ids.map((id) => kill(id)));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function serverProperties(
  id: number,
  count: number,
  port: number,
  voters: string,
  directory: string,
  more: Readonly<Record<string, string>>,
): string {
  const listen = `127.0.0.1:${port + 2 * id}`;
  const replicas = String(Math.min(3, count));
  const data = join(directory, `data-${id}`);
  mkdirSync(data, { recursive: true });
  const properties: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": String(id),
    "controller.quorum.voters": voters,
    listeners: `PLAINTEXT://${listen},CONTROLLER://127.0.0.1:${port + 2 * id + 1}`,
    "advertised.listeners": `PLAINTEXT://${listen}`,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "log.dirs": data,
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": replicas,
    "transaction.state.log.replication.factor": replicas,
    "share.coordinator.state.topic.replication.factor": replicas,
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "num.network.threads": "1",
    "num.io.threads": "2",
    "log.cleaner.dedupe.buffer.size": "2097152",
    ...more,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}

async function answering(port: number, dead: () => boolean, log: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (dead()) throw new Error(`the broker ended: ${readFileSync(log, "utf8").slice(-2000)}`);
    if (await accepts(port)) return;
    await setTimeout(100);
  }
  throw new Error(`nothing listens on 127.0.0.1:${port} after a minute, see ${log}`);
}

/** The first of so many consecutive free ports below the range the system hands out by itself. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = 20_000 + 2 * Math.floor(Math.random() * 5_000);
    const taken = await Promise.all(Array.from({ length: count }, (_, index) => accepts(first + index)));
    if (!taken.includes(true)) return first;
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const answer = (ok: boolean) => {
      socket.destroy();
      resolve(ok);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });
}
