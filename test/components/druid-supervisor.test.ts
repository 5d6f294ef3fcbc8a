import { describe, expect, test } from "vitest";
import { manifests, podOwner } from "../../components/core/manifest";
import { DruidSupervisor } from "../../components/druid/druid-supervisor";
import { EVENT_DIMENSIONS, eventsSupervisor } from "../../components/druid/events-supervisor";
import { SPEC_REFUSED } from "../../jobs/supervise/run";
import { inventory } from "../../stacks/inventory";

describe("supervisor of enriched events", () => {
  const spec = eventsSupervisor({
    topic: "events_stages",
    dataSource: "events_stages",
    bootstrapServers: "kafka:9093",
  });

  test("one row for each committed record, by its own time in Seoul", () => {
    const { dataSchema, ioConfig } = spec.spec;
    expect(dataSchema.granularitySpec).toEqual({ segmentGranularity: "HOUR", queryGranularity: "NONE", rollup: false });
    expect(dataSchema.transformSpec?.transforms).toEqual([
      {
        type: "expression",
        name: "__time",
        expression: `timestamp_parse("time", 'yyyy-MM-dd HH:mm:ss', '+09:00')`,
      },
    ]);
    expect(ioConfig.consumerProperties["isolation.level"]).toBe("read_committed");
    expect(ioConfig.useEarliestOffset).toBe(true);
  });

  test("columns are those of the topic, but for the time", () => {
    expect(EVENT_DIMENSIONS.map(({ type, name }) => `${name} ${type}`)).toEqual([
      "user_id long",
      "user_name string",
      "dept_name string",
      "gender string",
      "age long",
      "hello string",
      "id long",
    ]);
  });

  const declared = async (taskDuration = "PT1H") => {
    const endpoint = { workload: "druid-router", host: "druid-router", port: 8888 };
    const kafka = { workload: "kafka", host: "kafka", port: 9093 };
    const druid = { endpoint, routerUrl: "http://druid-router:8888" };
    const pod = {
      place: { name: "lab", ref: "lab" },
      image: "supervise:0123456789abcdef",
      memoryMiB: 128,
      millicores: 10,
    };
    const declaredSpec = eventsSupervisor({
      ...spec.spec.ioConfig,
      dataSource: "d",
      bootstrapServers: "kafka:9093",
      taskDuration,
    });
    const all = manifests(
      await inventory(() => new DruidSupervisor("supervise", { ...pod, druid, kafka, spec: declaredSpec })),
    );
    const one = (kind: string) => all.find((manifest) => manifest.kind === kind) ?? { kind };
    return { job: one("Job"), config: one("ConfigMap") };
  };

  test("is a one-shot job that calls the Router, and is a new one when the spec changes", async () => {
    const name = async (taskDuration: string) => (await declared(taskDuration)).job.metadata?.name;
    expect(await name("PT1H")).toMatch(/^supervise-/);
    expect(await name("PT1H")).toBe(await name("PT1H"));
    expect(await name("PT1H")).not.toBe(await name("PT10M"));
  });

  test("a refused spec is not tried again: that exit code fails the Job, others are retried", async () => {
    const { job } = await declared();
    const pod = podOwner(job)?.spec;
    const onExitCodes = { containerName: pod?.containers[0]?.name, operator: "In", values: [SPEC_REFUSED] };
    expect(job.spec?.podFailurePolicy).toEqual({ rules: [{ action: "FailJob", onExitCodes }] });
    expect(job.spec?.backoffLimit).toBe(6);
    expect(pod?.restartPolicy).toBe("Never"); // Kubernetes takes no failure policy without it
  });

  test("the job knows how long all its runs may take", async () => {
    const { job, config } = await declared();
    const { longestSeconds } = JSON.parse(config.data?.["config.json"] ?? "") as { longestSeconds: number };
    expect(job.spec?.activeDeadlineSeconds).toBe(longestSeconds);
  });
});
