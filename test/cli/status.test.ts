import { expect, test } from "vitest";
import { parseSamples, sumBy } from "../../cli/prometheus";
import { hopRows, mebibytes, type PodObject, podMemory, STALE_SECONDS, scrapeOf, workloadRows } from "../../cli/status";
import { age, table } from "../../cli/table";

const NOW = Date.parse("2026-01-01T00:10:00Z");

function pod(name: string, app: string, restarts = 0, phase = "Running"): PodObject {
  return {
    metadata: { name, labels: { "app.kubernetes.io/name": app }, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { nodeName: "lab", containers: [{ name: app, resources: { limits: { memory: "192Mi" } } }] },
    status: { phase, containerStatuses: [{ restartCount: restarts, ready: true }] },
  };
}

function workload(name: string, replicas: number, readyReplicas: number) {
  const spec = { replicas, selector: { matchLabels: { "app.kubernetes.io/name": name } } };
  return { kind: "Deployment", metadata: { name }, spec, status: { readyReplicas, updatedReplicas: replicas } };
}

test("a workload's row sums its live pods, and passes only when all of them are ready", () => {
  const pods = [pod("a-1", "a", 2), pod("a-2", "a", 1), pod("a-0", "a", 9, "Failed"), pod("b-1", "b")];
  const [row] = workloadRows(
    [workload("a", 2, 1)],
    pods,
    new Map([
      ["a-1", 50.4],
      ["a-2", 40.4],
    ]),
    NOW,
  );
  expect(row).toEqual({
    workload: "a",
    kind: "Deployment",
    ready: 1,
    desired: 2,
    restarts: 3,
    memoryMiB: 91,
    limitMiB: 384,
    ageSeconds: 600,
    ok: false,
  });
  expect(workloadRows([workload("a", 2, 2)], pods, new Map(), NOW)[0]).toMatchObject({ ok: true, memoryMiB: null });
});

test("a rollout that is stuck fails, though the old pods still answer", () => {
  const stuck = { ...workload("a", 1, 1), status: { readyReplicas: 1, updatedReplicas: 1, replicas: 2 } };
  expect(workloadRows([stuck], [pod("a-1", "a")], new Map(), NOW)[0]?.ok).toBe(false);
});

test("memory is read from the kubelet, for this namespace only", () => {
  const entry = (name: string, namespace: string) => ({
    podRef: { name, namespace },
    memory: { workingSetBytes: 3 * 2 ** 20 },
  });
  expect([...podMemory([{ pods: [entry("a", "mine"), entry("b", "other")] }, {}], "mine")]).toEqual([["a", 3]]);
});

const metrics = (taken: number, newestMs: number) => `
# HELP lab_records_in_total records
lab_records_in_total{topic="events"} ${taken}
lab_records_out_total{topic="events_stages"} ${taken}
lab_consumer_lag{topic="events",partition="0"} 3
lab_consumer_lag{topic="events",partition="1"} 4
lab_newest_event_timestamp_seconds{topic="events"} ${newestMs / 1000}
`;

test("a hop's rate comes from two looks, its lag from all partitions, and an old newest event fails it", () => {
  const before = [scrapeOf("enrich", NOW - 4000, [metrics(100, NOW)])];
  const fresh = hopRows([scrapeOf("enrich", NOW, [metrics(140, NOW - 5000)])], before);
  expect(fresh).toEqual([
    { hop: "events → enrich → events_stages", rate: 10, lag: 7, newestEventAgeSeconds: 5, ok: true },
  ]);
  const old = hopRows([scrapeOf("enrich", NOW, [metrics(140, NOW - (STALE_SECONDS + 1) * 1000)])], before);
  expect(old[0]?.ok).toBe(false);
});

test("hops come in the order data flows, and a source passes while it makes something", () => {
  const source = (made: number) => `lab_records_out_total{topic="events"} ${made}`;
  const now = [scrapeOf("enrich", NOW, [metrics(1, NOW)]), scrapeOf("zgenerate", NOW, [source(9)])];
  const rows = hopRows(now, [scrapeOf("zgenerate", NOW - 1000, [source(4)])]);
  expect(rows.map(({ hop, ok }) => [hop, ok])).toEqual([
    ["zgenerate → events", true],
    ["events → enrich → events_stages", true],
  ]);
  expect(hopRows(now, [scrapeOf("zgenerate", NOW - 1000, [source(9)])])[0]?.ok).toBe(false);
});

test("a collector's hop ends in the directory it stores events in", () => {
  const metrics = `
lab_records_in_total{topic="events"} 12
lab_consumer_lag{topic="events",partition="0"} 0
lab_events_stored_total{directory="/lambda/events"} 12
lab_newest_event_timestamp_seconds{directory="/lambda/events"} ${(NOW - 3000) / 1000}
`;
  expect(hopRows([scrapeOf("collect-hdfs", NOW, [metrics])], [])).toEqual([
    { hop: "events → collect-hdfs → /lambda/events", rate: null, lag: 0, newestEventAgeSeconds: 3, ok: true },
  ]);
});

test("counters that began anew give no rate, and metrics that cannot be read fail the hop", () => {
  const before = [scrapeOf("enrich", NOW - 4000, [metrics(100, NOW)])];
  expect(hopRows([scrapeOf("enrich", NOW, [metrics(7, NOW)])], before)[0]?.rate).toBeNull();
  expect(hopRows([{ job: "enrich", atMs: NOW, samples: [], error: "gone" }], [])[0]).toMatchObject({ ok: false });
});

test("Prometheus' text is read with escapes, exponents and infinities", () => {
  const samples = parseSamples('a{l="x\\"y",m="2"} 1e3\nb +Inf\n# c 1\n');
  expect(samples).toEqual([
    { name: "a", labels: { l: 'x"y', m: "2" }, value: 1000 },
    { name: "b", labels: {}, value: Number.POSITIVE_INFINITY },
  ]);
  expect([...sumBy(samples, "a", "m")]).toEqual([["2", 1000]]);
});

test("quantities, ages and columns read as people write them", () => {
  expect([mebibytes("1Gi"), mebibytes("512Mi"), mebibytes("1048576")]).toEqual([1024, 512, 1]);
  expect([age(5), age(600), age(7200), age(200_000), age(null)]).toEqual(["5 s", "10 min", "2 h", "2 d", null]);
  expect(
    table(
      ["name", "n"],
      [
        ["이름", 5],
        ["x", null],
      ],
    ),
  ).toBe("name  n\n이름  5\nx     -");
});
