import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { jobHeap } from "../../../components/core/job-pod";
import { connectKafka } from "../../../jobs/core/kafka";
import { createLog } from "../../../jobs/core/log";
import { STAGED_EVENTS } from "../../../stacks/enriched-events";
import { bundleJob, type JobProcess, startJob } from "../../support/job-process";
import { startLocalKafka } from "../../support/local-kafka";
import { LARGE_VALUES } from "../large-values";

const EVENTS = 1_000_000;
/** How often each of the largest events is there. */
const COPIES = 2;
const MIB = 1024 ** 2;
const LIMIT_MIB = 192;
const PARTITIONS = 6;
const log = createLog("test", () => undefined);

test(`a million gzipped events, and the largest there may be, are enriched within ${LIMIT_MIB} MiB`, async (context) => {
  const group = memoryGroup();
  if (!group) return context.skip("no memory cgroup can be made here");
  const directory = mkdtempSync(join(tmpdir(), "lab-memory-"));
  const server = await startLocalKafka({ heapMiB: 384, fast: true });
  const kafka = connectKafka({ brokers: server.brokers, clientId: "test", log });
  const admin = await kafka.admin();
  let job: JobProcess | undefined;
  try {
    for (const [index, name] of ["events", "events_stages", "dead"].entries()) {
      const configs = STAGED_EVENTS[index]?.configs ?? {};
      await admin.createTopic({ name, partitions: PARTITIONS, replicationFactor: 1, configs });
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
    const all = EVENTS + values.length + (await sendPacked(server.brokers));

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
    job = startJob(bundleJob("enrich", directory), config, { node: wrapper, flags: [jobHeap(LIMIT_MIB)] });
    let done = 0;
    while (done < all) {
      expect(job.child.exitCode ?? job.child.signalCode, job.output().slice(-2_000)).toBeNull();
      await setTimeout(200);
      done = (await admin.committed("enrich", "events")).reduce((sum, { offset }) => sum + (offset ?? 0), 0);
    }
    job.child.kill("SIGTERM");
    expect(await job.ended).toBe(0);
  } finally {
    job?.child.kill("SIGKILL");
    await job?.ended;
    await admin.close();
    await kafka.close();
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
    await setTimeout(200);
    rmdirSync(group);
  }
});

/** Batches that are small when they are packed: of events that expand as far as a batch may, and of one event larger than all. */
async function sendPacked(brokers: string[]): Promise<number> {
  const kafka = connectKafka({ brokers, clientId: "packed", log, maxRequestBytes: 40 * MIB });
  const producer = await kafka.openProducer("gzip");
  const event = (hello: string) => ({ key: null, value: `{"hello":${hello},"id":3,"time":"2026-11-21 12:00:00"}` });
  const many = Array.from({ length: 22 }, () => event(`"${"x".repeat(MIB - 100)}"`));
  const one = event(`["가",${"1e6,".repeat(5 * MIB)}1]`);
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    await producer.send("events", partition, many);
    await producer.send("events", partition, [one]);
  }
  await producer.close();
  await kafka.close();
  return PARTITIONS * (many.length + 1);
}

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
