import { expect, test } from "vitest";
import { type Manifest, manifests, podOwner } from "../../components/core/manifest";
import { Network } from "../../components/core/network";
import { type FluentdShape, fluentConf, fluentdProblem } from "../../components/fluentd/fluent-conf";
import { Fluentd } from "../../components/fluentd/fluentd";
import { Namespace } from "../../components/namespace";
import { inventory } from "../../stacks/inventory";
import { Objects } from "../policy/rule";
import { RULES } from "../policy/rules";

const shape: FluentdShape = {
  source: { type: "sample", hello: "ssm-seoul", perSecond: 10 },
  kafka: { bootstrapServers: "kafka:9093", topic: "events" },
  hdfs: { nameNodes: ["namenode:9870"], directory: "/lambda/events", flushSeconds: 30 },
  bufferMiB: 256,
};
const lines = (change: Partial<FluentdShape> = {}) => fluentConf({ ...shape, ...change }).split("\n");

test("each event is copied to the topic and to its day in HDFS, by its own time", () => {
  expect(fluentConf(shape)).toMatchInlineSnapshot(`
    "<system>
      log_level info
    </system>

    <source>
      @type monitor_agent
      bind 0.0.0.0
      port 24220
    </source>

    <source>
      @type sample
      tag events.sample
      rate 10
      auto_increment_key id
      sample {"hello":"ssm-seoul"}
    </source>

    <filter events.**>
      @type record_transformer
      enable_ruby true
      <record>
        time \${time.getlocal('+09:00').strftime('%Y-%m-%d %H:%M:%S')}
      </record>
    </filter>

    <filter events.**>
      @type record_transformer
      enable_ruby true
      auto_typecast true
      renew_time_key own_time
      remove_keys own_time
      <record>
        own_time \${(Time.strptime(record['time'].to_s + ' +0900', '%Y-%m-%d %H:%M:%S %z') rescue time).to_f}
      </record>
    </filter>

    <match events.**>
      @type copy
      <store>
        @type kafka2
        @id to_kafka
        brokers kafka:9093
        default_topic events
        required_acks -1
        compression_codec gzip
        use_event_time false
        <format>
          @type json
        </format>
        <buffer topic>
          @type file
          path /var/lib/fluentd/kafka
          flush_interval 3s
          chunk_limit_size 1m
          total_limit_size 256m
          overflow_action block
          retry_forever true
          retry_max_interval 30s
        </buffer>
      </store>
      <store>
        @type webhdfs
        @id to_hdfs
        namenode namenode:9870
        username lab
        append false
        path /lambda/events/dt=%Y-%m-%d/events.fluentd.\${chunk_id}
        extension .json
        ignore_start_check_error true
        <format>
          @type json
        </format>
        <buffer time>
          @type file
          path /var/lib/fluentd/hdfs
          timekey 1d
          timekey_zone +0900
          flush_mode interval
          flush_interval 30s
          chunk_limit_size 64m
          total_limit_size 256m
          overflow_action block
          retry_forever true
          retry_max_interval 30s
        </buffer>
      </store>
    </match>
    "
  `);
});

test("directives are closed in the order in which they were opened", () => {
  const open: string[] = [];
  for (const line of lines()) {
    const [, closes, name] = /^ *<(\/?)(\w+)/.exec(line) ?? [];
    if (name === undefined) continue;
    if (closes) expect(open.pop()).toBe(name);
    else open.push(name);
  }
  expect(open).toEqual([]);
});

test("applications hand events over, and the sample's own filter is not there", () => {
  const forward = lines({ source: { type: "forward" } });
  expect(forward).toContain("  @type forward");
  expect(forward.join()).not.toContain("getlocal");
});

test("a second NameNode takes over", () => {
  const hdfs = { ...shape.hdfs, nameNodes: ["namenode-0:9870", "namenode-1:9870"] };
  expect(lines({ hdfs })).toContain("    standby_namenode namenode-1:9870");
  expect(lines().join()).not.toContain("standby");
});

test.each<[Partial<FluentdShape>, string | undefined]>([
  [{}, undefined],
  [{ source: { type: "sample", hello: "x", perSecond: 0 } }, "source.perSecond must be at least 1, got 0"],
  [{ hdfs: { ...shape.hdfs, nameNodes: [] } }, "hdfs.nameNodes must be one or two, got 0"],
  [{ hdfs: { ...shape.hdfs, directory: "lambda" } }, 'hdfs.directory must begin with /, got "lambda"'],
  [{ hdfs: { ...shape.hdfs, flushSeconds: Number.NaN } }, "hdfs.flushSeconds must be at least 1, got NaN"],
  [{ bufferMiB: 1 }, "bufferMiB must be at least 64, got 1"],
])("%j", (change, problem) => {
  expect(fluentdProblem({ ...shape, ...change })).toBe(problem);
});

const place = { name: "lab", ref: "lab" };
const args = {
  ...shape,
  place,
  image: `registry/fluentd@sha256:${"0".repeat(64)}`,
  memoryMiB: 256,
  millicores: 50,
  storageGiB: 1,
  calls: [],
};

test("its pod keeps every rule of the policy pack but those about servers this test does not declare", async () => {
  const declared = await inventory(() => {
    const namespace = new Namespace("namespace", { name: "lab" });
    const workloads = [new Fluentd("fluentd", args)];
    new Network("network", { namespace: namespace.ref, workloads });
  });
  const objects = new Objects(declared);
  const broken = RULES.flatMap(({ name, violations }) =>
    violations(objects).map((violation) => `${name}: ${violation}`),
  );
  expect(broken.sort()).toEqual([
    "hosts-reachable: StatefulSet/fluentd: kafka:9093 is no declared Service",
    "hosts-reachable: StatefulSet/fluentd: namenode:9870 is no declared Service",
  ]);
});

test("what was taken in is on a volume, and the port for applications is there only when they use it", async () => {
  const ports = async (source: FluentdShape["source"]) => {
    const all: Manifest[] = manifests(await inventory(() => new Fluentd("fluentd", { ...args, source })));
    const set = all.find(({ kind }) => kind === "StatefulSet");
    const container = set && podOwner(set)?.spec.containers[0];
    expect(container?.volumeMounts).toContainEqual({ name: "data", mountPath: "/var/lib/fluentd" });
    return container?.ports?.map(({ containerPort }) => containerPort);
  };
  expect(await ports({ type: "forward" })).toEqual([24_220, 24_224]);
  expect(await ports(shape.source)).toEqual([24_220]);
});

test("buffers larger than the volume are refused before anything is registered", async () => {
  const declared = await inventory(() => {
    expect(() => new Fluentd("fluentd", { ...args, bufferMiB: 512 })).toThrow(
      'Fluentd "fluentd": bufferMiB must be below half of the volume (1 GiB), got 512',
    );
  });
  expect(declared).toEqual([]);
});
