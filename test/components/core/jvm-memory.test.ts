import { expect, test } from "vitest";
import { jvmClaim, jvmMemory, jvmOptions } from "../../../components/core/jvm-memory";

test.each([300, 448, 640, 1024, 4096, 65_536])("the parts fit into %i MiB", (limit) => {
  const memory = jvmMemory("kafka", limit);
  const sum = Object.values(memory).reduce((total, part) => total + part, 0);
  expect(sum).toBeLessThanOrEqual(limit);
  expect(memory.heapMiB).toBeGreaterThanOrEqual(64);
});

test("the heap is what the limit leaves", () => {
  expect(jvmMemory("kafka", 448, { threads: 70, maxHeapShare: 0.5 })).toEqual({
    heapMiB: 224,
    metaspaceMiB: 96,
    codeCacheMiB: 32,
    directMiB: 32,
    stacksMiB: 9,
    compilerMiB: 0,
    overheadMiB: 48,
  });
  expect(jvmMemory("kafka", 300).heapMiB).toBe(300 - 96 - 32 - 32 - 10 - 48);
});

test("what computes has its second compiler, and memory for it, where others do without", () => {
  const [computes, waits] = [jvmMemory("indexer", 640, { computes: true }), jvmMemory("indexer", 640)];
  expect(waits.heapMiB - computes.heapMiB).toBe(computes.compilerMiB);
  expect(jvmOptions(waits, 640)).toContain("-XX:TieredStopAtLevel=1");
  expect(jvmOptions(computes, 640)).not.toContain("TieredStopAtLevel");
  const [roomy, other] = [jvmMemory("indexer", 4096, { computes: true }), jvmMemory("indexer", 4096)];
  expect([roomy, jvmOptions(roomy, 4096)]).toEqual([other, jvmOptions(other, 4096)]);
});

test("a limit that is too small is named, and the least that would do", () => {
  expect(() => jvmMemory("kafka", 200)).toThrow(
    "kafka: a memory limit of 200 MiB leaves its JVM a heap of 0 MiB; it needs 64 MiB, so give it at least 282 MiB",
  );
  expect(() => jvmMemory("kafka", 282)).not.toThrow();
});

test("the flags bound every part, and the policy reads the same sum from them", () => {
  const memory = jvmMemory("kafka", 448);
  const { heapMiB, metaspaceMiB, codeCacheMiB, directMiB } = memory;
  expect(jvmClaim(jvmOptions(memory, 448))).toEqual({
    claimMiB: heapMiB + metaspaceMiB + codeCacheMiB + directMiB,
    missing: [],
  });
});

test("a claim names flags that are missing and reads units", () => {
  expect(jvmClaim("-Xmx1g -XX:MaxMetaspaceSize=2048k")).toEqual({
    claimMiB: 1026,
    missing: ["-XX:ReservedCodeCacheSize", "-XX:MaxDirectMemorySize"],
  });
});
