import { expect, test } from "vitest";
import { clusterId, serverProperties, shapeProblem } from "../../components/kafka/server-properties";

const lines = (brokers: number, replicationFactor: number, minInSyncReplicas: number) =>
  serverProperties("lab", { brokers, replicationFactor, minInSyncReplicas }, 448).trimEnd().split("\n");

test("every broker is a voter, under the name its pod has", () => {
  expect(lines(3, 3, 2)).toEqual(
    expect.arrayContaining([
      "controller.quorum.voters=0@kafka-0.kafka-brokers.lab.svc.cluster.local:9094," +
        "1@kafka-1.kafka-brokers.lab.svc.cluster.local:9094,2@kafka-2.kafka-brokers.lab.svc.cluster.local:9094",
      "node.id=@ORDINAL@",
      "advertised.listeners=PLAINTEXT://kafka-@ORDINAL@.kafka-brokers.lab.svc.cluster.local:9093",
    ]),
  );
});

test("no key is said twice", () => {
  const keys = lines(1, 1, 1).map((line) => line.split("=")[0]);
  expect(new Set(keys).size).toBe(keys.length);
});

test("nothing is acknowledged by fewer copies than asked for, internal topics included", () => {
  const safety = (all: string[]) =>
    all.filter((line) => /replication\.factor|min\.?isr|min\.insync|unclean/.test(line)).sort();
  expect(safety(lines(3, 3, 2))).toEqual([
    "default.replication.factor=3",
    "min.insync.replicas=2",
    "offsets.topic.replication.factor=3",
    "share.coordinator.state.topic.min.isr=2",
    "share.coordinator.state.topic.replication.factor=3",
    "transaction.state.log.min.isr=2",
    "transaction.state.log.replication.factor=3",
    "unclean.leader.election.enable=false",
  ]);
});

test("the cluster id is 22 characters, and stays", () => {
  expect(clusterId("lab")).toMatch(/^[\w-]{22}$/);
  expect(clusterId("lab")).toBe(clusterId("lab"));
  expect(clusterId("lab")).not.toBe(clusterId("prod"));
});

test.each([
  [{ brokers: 1, replicationFactor: 1, minInSyncReplicas: 1 }, undefined],
  [{ brokers: 5, replicationFactor: 3, minInSyncReplicas: 2 }, undefined],
  [{ brokers: 2, replicationFactor: 2, minInSyncReplicas: 1 }, "brokers must be odd"],
  [{ brokers: 0, replicationFactor: 1, minInSyncReplicas: 1 }, "brokers must be a whole number from 1"],
  [{ brokers: 1, replicationFactor: 3, minInSyncReplicas: 2 }, "replicationFactor must be at most brokers (1), got 3"],
  [
    { brokers: 3, replicationFactor: 2, minInSyncReplicas: 3 },
    "minInSyncReplicas must be at most replicationFactor (2), got 3",
  ],
])("%j", (shape, problem) => {
  if (problem === undefined) expect(shapeProblem(shape)).toBeUndefined();
  else expect(shapeProblem(shape)).toContain(problem);
});
