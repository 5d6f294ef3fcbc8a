import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { JOB_HTTP_PORT } from "../components/core/job-pod";
import { FlumeAgent } from "../components/flume/flume-agent";
import { CAR_FILES, smartcarCollector } from "../components/flume/smartcar-collector";
import { HBaseTables } from "../components/hbase/hbase-tables";
import { JobTemplate } from "../components/one-shot-job";
import { Redis } from "../components/redis/redis";
import { StormTopologies } from "../components/storm/storm-topologies";
import { StreamJob } from "../components/stream-job";
import type { DriveConfigInput } from "../jobs/drive/config";
import type { OverSpeedConfig } from "../jobs/over-speed/config";
import type { VerifySmartcarConfig } from "../jobs/verify-smartcar/config";
import type { Pipeline, Platform, Topic } from "./platform";
import type { Settings, SmartCarSettings } from "./settings";
import { KEEP_LOG_HOURS, logMiB, statusFileLines } from "./smartcar-limits";
import { POISON, READINGS, READINGS_FAMILY, READINGS_TABLE, STATUS_LINES, TOPOLOGY } from "./smartcar-names";

const HOUR_SECONDS = 3600;
const MIB = 1024 ** 2;
/** Records on their way through the topology for each spout: what a worker that dies reads again. */
const MOST_IN_FLIGHT = 2000;
/** What they may take in a worker, of which there are several copies on the way. */
const IN_FLIGHT_BYTES = 8 * MIB;
/** Lines that are not padded are about this long. */
const SHORT_LINE = 64;

const PARTITIONS = 4;
/** Share of a broker's volume for readings that wait: with a topology that is away, the oldest go only beyond that. */
const TOPIC_SHARE = 0.25;
/** Kafka removes whole segments, so they are small beside what is kept. */
const SEGMENT_BYTES = 64 * MIB;

/** The smart car pipeline: driver log → Flume → Kafka → Storm → HBase and Redis, and status files → Flume → HDFS. */
export const smartcar: Pipeline = {
  topics: ({ kafka }): Topic[] => [
    {
      name: READINGS,
      partitions: PARTITIONS,
      configs: {
        "retention.bytes": String(Math.floor((kafka.storageGiB * 1024 * MIB * TOPIC_SHARE) / PARTITIONS)),
        "segment.bytes": String(SEGMENT_BYTES),
      },
    },
    // What is no reading comes with headers that say why.
    { name: POISON, partitions: 1, configs: { "max.message.bytes": String(2 * MIB) } },
  ],
  deploy,
};

function deploy(platform: Platform, { smartcar: settings }: Settings): void {
  const rule = readFileSync(join(dirname(__dirname), settings.rule), "utf8");
  cars(platform, settings);
  topology(platform, settings, rule);
  readers(platform, settings, rule);
}

/** The cars, and the agent that ships what they write. */
function cars(platform: Platform, { cars: count, seed, readingBytes, statusFiles }: SmartCarSettings): void {
  const { place, images, size, kafka, hdfs, topics, options } = platform;
  const { simulator, flume } = size.cars;
  const drive: DriveConfigInput = {
    http: { port: JOB_HTTP_PORT },
    cars: count,
    seed,
    readingBytes,
    keepHours: KEEP_LOG_HOURS,
    maxMiB: logMiB(size),
    status: {
      lines: statusFileLines({ cars: count, statusFiles }),
      everySeconds: statusFiles.everySeconds,
      garbageShare: statusFiles.garbage,
    },
    directories: CAR_FILES,
  };
  platform.add(
    new FlumeAgent(
      "cars",
      {
        place,
        image: images.reference("flume"),
        keepData: size.keepData,
        ...flume,
        config: smartcarCollector({
          bootstrapServers: kafka.bootstrapServers,
          topic: READINGS,
          readingBytes,
          statusDirectory: STATUS_LINES,
          rollSeconds: statusFiles.rollSeconds,
        }),
        calls: [kafka.endpoint],
        hdfs: { clientFiles: hdfs.clientFiles, calls: hdfs.clientCalls },
        feeder: { name: "drive", image: images.reference("drive"), config: drive, ...simulator },
      },
      { ...options, dependsOn: [topics] },
    ),
  );
}

/** What stores every reading and every speeding car. */
function topology(platform: Platform, settings: SmartCarSettings, rule: string): void {
  const { place, images, size, kafka, hbase, redis, storm, topics, options } = platform;
  const tables = platform.add(
    new HBaseTables(
      "hbase-tables",
      {
        place,
        image: images.reference("hbase"),
        hbase,
        tables: [
          {
            name: READINGS_TABLE,
            families: [{ name: READINGS_FAMILY, dataBlockEncoding: "FAST_DIFF" }],
            split: { algorithm: "HexStringSplit", regions: 2 },
          },
        ],
      },
      options,
    ),
  );
  const longest = Math.max(settings.readingBytes, SHORT_LINE);
  const smartcarTopology = {
    name: TOPOLOGY,
    check: "lab.smartcar.RuleCheck",
    files: { "over-speed.epl": rule },
    settings: {
      ...size.topology,
      name: TOPOLOGY,
      maxInFlight: Math.max(100, Math.min(MOST_IN_FLIGHT, Math.floor(IN_FLIGHT_BYTES / longest))),
      bootstrapServers: kafka.bootstrapServers,
      topic: READINGS,
      deadLetterTopic: POISON,
      group: TOPOLOGY,
      zookeeper: hbase.zookeeperQuorum,
      table: READINGS_TABLE,
      family: READINGS_FAMILY,
      redis: redis.address.addresses.join(","),
      redisMaster: redis.address.master ?? "",
      redisPasswordFile: redis.address.passwordFile,
      redisReplicas: size.redis.servers > 1 ? 1 : 0,
      keepSeconds: settings.keepHours * HOUR_SECONDS,
    },
  };
  platform.add(
    new StormTopologies(
      "topologies",
      {
        place,
        image: images.reference("smartcar"),
        ...size.storm.deploy,
        storm,
        topologies: settings.topology ? [smartcarTopology] : [],
      },
      { ...options, dependsOn: [topics, tables, storm] },
    ),
  );
}

/** Those who read what the topology stored: the external application, and the check of all numbers. */
function readers(platform: Platform, { keepHours, statusFiles }: SmartCarSettings, rule: string): void {
  const { place, images, size, kafka, hbase, hdfs, redis, options } = platform;
  const secrets = { group: "redis", files: [Redis.password] };
  const { address } = redis;
  platform.add(
    new StreamJob<OverSpeedConfig>(
      "over-speed",
      {
        place,
        image: images.reference("over-speed"),
        ...size.jobs.overSpeed,
        spread: size.spread,
        serves: true,
        secrets,
        config: { http: { port: JOB_HTTP_PORT }, redis: address },
        calls: redis.clientCalls,
      },
      { ...options, dependsOn: [...redis.secrets] },
    ),
  );
  platform.add(
    new JobTemplate<VerifySmartcarConfig>(
      "verify-smartcar",
      {
        place,
        image: images.reference("verify-smartcar"),
        ...size.bulk,
        secrets,
        config: {
          cars: `http://cars:${JOB_HTTP_PORT}`,
          kafka: { brokers: [kafka.bootstrapServers] },
          hbase: { url: hbase.restUrl },
          redis: address,
          hdfs: { urls: [...hdfs.webHdfs], user: "lab" },
          topics: { readings: READINGS, deadLetter: POISON },
          table: { name: READINGS_TABLE, family: READINGS_FAMILY },
          statusLines: STATUS_LINES,
          rule,
          keepSeconds: keepHours * HOUR_SECONDS,
          statusSettleSeconds: 60 + 2 * statusFiles.rollSeconds,
        },
        calls: [
          { workload: "cars", host: "cars", port: JOB_HTTP_PORT },
          kafka.endpoint,
          hbase.rest,
          ...hdfs.clientCalls,
          ...redis.clientCalls,
        ],
      },
      { ...options, dependsOn: [hbase, hdfs] },
    ),
  );
}
