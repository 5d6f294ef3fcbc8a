import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { jobHeap } from "../../../components/core/job-pod";
import { connectKafka } from "../../../jobs/core/kafka";
import { createLog } from "../../../jobs/core/log";
import { bundleJob, startJob } from "../../support/job-process";
import { startLocalKafka } from "../../support/local-kafka";
import { LARGE_VALUES } from "../large-values";

const EVENTS = 1_000_000;
/** How often each of the largest events is there. */
const COPIES = 3;
const LIMIT_MIB = 192;
const PARTITIONS = 6;
const LARGE = { "max.message.bytes": String(8 * 1024 ** 2) };
const log = createLog("test", () => undefined);

test(`a million gzipped events, and the largest there may be, are enriched within ${LIMIT_MIB} MiB`, async (context) => {
  const group = memoryGroup();
  if (!group) return context.skip("no memory cgroup can be made here");
  const directory = mkdtempSync(join(tmpdir(), "lab-memory-"));
  const server = await startLocalKafka({ heapMiB: 384, fast: true });
  const kafka = connectKafka({ brokers: server.brokers, clientId: "test", log });
  const admin = await kafka.admin();
  try {
    for (const name of ["events", "events_stages", "dead"]) {
      await admin.createTopic({ name, partitions: PARTITIONS, replicationFactor: 1, configs: LARGE });
    }
    const producer = await kafka.openProducer("gzip");
    for (let id = 0; id < EVENTS; id += 10_000) {
      const records = Array.from({ length: 10_000 }, (_, index) => ({
        key: null,
        value: `{"hello":"ssm-seoul","id":${id + index},"time":"2026-11-21 12:00:00"}`,
      }));
      await producer.send("events", (id / 10_000) % PARTITIONS, records);
    }
    const values = Object.values(LARGE_VALUES).flatMap((make) => Array<string>(COPIES).fill(make()));
    for (const [index, value] of values.entries()) {
      await producer.send("events", index % PARTITIONS, [{ key: null, value }]);
    }
    await producer.close();
    const all = EVENTS + values.length;

    const wrapper = join(directory, "limited");
    writeFileSync(wrapper, `#!/bin/sh\necho $$ > ${group}/cgroup.procs\nexec ${process.execPath} "$@"\n`, {
      mode: 0o755,
    });
    const config = {
      kafka: { brokers: server.brokers },
      http: { port: 0 },
      topics: { input: "events", output: "events_stages", deadLetter: "dead" },
      groupId: "enrich",
      names: [],
      depts: [],
    };
    const job = startJob(bundleJob("enrich", directory), config, { node: wrapper, flags: [jobHeap(LIMIT_MIB)] });
    let done = 0;
    while (done < all) {
      expect(job.child.exitCode ?? job.child.signalCode, job.output().slice(-2_000)).toBeNull();
      await setTimeout(200);
      done = (await admin.committed("enrich", "events")).reduce((sum, { offset }) => sum + (offset ?? 0), 0);
    }
    const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${job.child.pid}/status`, "utf8"))?.[1]) / 1024;
    expect(peak).toBeLessThan(LIMIT_MIB);
    job.child.kill("SIGTERM");
    expect(await job.ended).toBe(0);
  } finally {
    await admin.close();
    await kafka.close();
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
    await setTimeout(200);
    rmdirSync(group);
  }
}, 300_000);

/** A control group with the limit, or undefined where none can be made. */
function memoryGroup(): string | undefined {
  for (const [parent, limit] of [
    ["/sys/fs/cgroup/memory", "memory.limit_in_bytes"],
    ["/sys/fs/cgroup", "memory.max"],
  ] as const) {
    const group = join(parent, `lab-test-${process.pid}`);
    try {
      mkdirSync(group);
    } catch {
      continue;
    }
    try {
      writeFileSync(join(group, limit), String(LIMIT_MIB * 1024 * 1024));
      return group;
    } catch {
      rmdirSync(group);
    }
  }
  return undefined;
}
