import { expect, test } from "vitest";
import { manifests, podOwner } from "../../components/core/manifest";
import { configProblem, type FlumeConfig } from "../../components/flume/agent-config";
import { agentProperties, sourceDirectories } from "../../components/flume/agent-properties";
import { FlumeAgent } from "../../components/flume/flume-agent";
import { CAR_FILES, linesPerBatch, smartcarCollector } from "../../components/flume/smartcar-collector";
import { inventory } from "../../stacks/inventory";

const config = smartcarCollector({
  bootstrapServers: "kafka:9093",
  topic: "SmartCar-Topic",
  readingBytes: 4096,
  statusDirectory: "/pilot-pjt/collect/car-batch-log",
  rollSeconds: 60,
});
const lines = agentProperties(config).trimEnd().split("\n");
const value = (key: string) => lines.find((line) => line.startsWith(`${key} = `))?.slice(key.length + 3);

test("driver logs: tailed into a channel on the volume, their car as the record's key, in order whatever is sent again", () => {
  expect(configProblem(config)).toBeUndefined();
  expect(value("agent.sources.driver-log.type")).toBe("TAILDIR");
  expect(value("agent.sources.driver-log.filegroups.hours")).toBe("/var/lib/flume/cars/driver/driver-.*\\\\.log");
  expect(value("agent.sources.driver-log.positionFile")).toBe(CAR_FILES.positions);
  expect(value("agent.sources.driver-log.interceptors.i1.type")).toBe("regex_extractor");
  expect(value("agent.sources.driver-log.interceptors.i1.regex")).toBe("^\\\\d{14},([A-Z]\\\\d{4,6}),");
  expect(value("agent.sources.driver-log.interceptors.i1.serializers")).toBe("h1");
  expect(value("agent.sources.driver-log.interceptors.i1.serializers.h1.name")).toBe("key");
  expect(value("agent.channels.readings.type")).toBe("file");
  expect(value("agent.sinks.topic.kafka.producer.acks")).toBe("all");
  expect(value("agent.sinks.topic.kafka.producer.enable.idempotence")).toBe("true");
  expect(Number(value("agent.sinks.topic.kafka.producer.delivery.timeout.ms"))).toBe(2 ** 31 - 1);
});

test("status files: four interceptors in this order, the source deleted, days of collection in HDFS, files of 64 MiB", () => {
  const types = [1, 2, 3, 4].map((at) => value(`agent.sources.status.interceptors.i${at}.type`));
  expect(types).toEqual(["timestamp", "static", "regex_filter", "lab.flume.AppendDateInterceptor$Builder"]);
  expect(value("agent.sources.status.interceptors.i3.regex")).toBe("^\\\\d{14}");
  expect(value("agent.sources.status.interceptors.i3.excludeEvents")).toBe("false");
  expect(value("agent.sources.status.interceptors.i4.header")).toBe("wrk_date");
  expect(value("agent.sources.status.deletePolicy")).toBe("immediate");
  expect(value("agent.channels.status-lines.type")).toBe("file");
  expect(value("agent.sinks.hdfs.hdfs.path")).toBe("/pilot-pjt/collect/car-batch-log/wrk_date=%{wrk_date}");
  expect(value("agent.sinks.hdfs.hdfs.rollSize")).toBe(String(64 * 1024 ** 2));
});

test("a batch is about a mebibyte, however long lines are", () => {
  expect(linesPerBatch(4096)).toBe(256);
  expect(linesPerBatch(0)).toBe(1000);
  expect(linesPerBatch(10_000_000)).toBe(1);
});

test.each<[string, readonly string[], string | undefined]>([
  ["(a),(b)", ["x", "y"], undefined],
  ["(?:a),(b)", ["x"], undefined],
  ["\\((b)\\)", ["x"], undefined],
  ["(a),(b)", ["x"], 'source "s": the pattern (a),(b) has 2 groups for 1 headers'],
  ["ab", [], 'source "s": the pattern ab has 0 groups for 0 headers'],
])("groups of %s for the headers %j", (pattern, headers, problem) => {
  const agent: FlumeConfig = {
    sources: {
      s: {
        type: "spooldir",
        channels: ["c"],
        directory: "/spool",
        interceptors: [{ type: "regex-extractor", pattern, headers }],
      },
    },
    channels: { c: { type: "file" } },
    sinks: { k: { type: "kafka", channel: "c", bootstrapServers: "kafka:9093", topic: "t" } },
  };
  expect(configProblem(agent)).toBe(problem);
  expect(sourceDirectories(agent)).toEqual(["/spool", "/var/lib/flume/s/tracker"]);
});

test("the cars and their agent are one pod: a volume they share, a port each, and the cars answer while the agent is down", async () => {
  let agent: FlumeAgent | undefined;
  const all = manifests(
    await inventory(() => {
      agent = new FlumeAgent("cars", {
        place: { name: "lab", ref: "lab" },
        image: "flume:1",
        config,
        calls: [{ workload: "kafka", host: "kafka", port: 9093 }],
        hdfs: { clientFiles: { "core-site.xml": "<configuration/>" }, calls: [] },
        feeder: { name: "drive", image: "drive:1", config: { cars: 100 }, memoryMiB: 80, millicores: 20 },
        memoryMiB: 240,
        millicores: 50,
        storageGiB: 2,
      });
    }),
  );
  expect(agent?.feeder).toEqual({ workload: "cars", host: "cars", port: 8080 });
  const set = all.find(({ kind }) => kind === "StatefulSet");
  const pod = set && podOwner(set)?.spec;
  const [flume, drive] = pod?.containers ?? [];
  expect([flume?.ports, drive?.ports]).toEqual([
    [{ name: "flume", containerPort: 8081 }],
    [{ name: "http", containerPort: 8080 }],
  ]);
  expect(flume?.livenessProbe?.httpGet).toEqual({ path: "/healthz", port: "flume" });
  expect(drive?.livenessProbe?.httpGet).toEqual({ path: "/healthz", port: "http" });
  const env = Object.fromEntries((flume?.env ?? []).map(({ name, value: text }) => [name, text]));
  expect(env.FLUME_HTTP_PORT).toBe("8081");
  expect(env.FLUME_DIRECTORIES?.split(" ")).toEqual([
    CAR_FILES.driverLogs,
    CAR_FILES.statusSpool,
    "/var/lib/flume/status/tracker",
  ]);
  const data = { name: "data", mountPath: "/var/lib/flume" };
  expect(flume?.volumeMounts).toContainEqual(data);
  expect(drive?.volumeMounts).toContainEqual(data);
  expect(drive?.securityContext?.readOnlyRootFilesystem).toBe(true);
  expect(drive?.resources?.limits?.memory).toBe("80Mi");
  const given = drive?.volumeMounts?.find(({ mountPath }) => mountPath === "/etc/job")?.name;
  const map = pod?.volumes?.find(({ name }) => name === given)?.configMap?.name;
  expect(all.find(({ metadata }) => metadata?.name === map)?.data).toEqual({ "config.json": '{\n  "cars": 100\n}' });
  const service = all.find(({ kind }) => kind === "Service");
  expect(service?.spec?.publishNotReadyAddresses).toBe(true);
  expect(service?.spec?.ports).toEqual([
    { name: "http", port: 8080, targetPort: "http" },
    { name: "metrics", port: 8081, targetPort: "flume" },
  ]);
});
