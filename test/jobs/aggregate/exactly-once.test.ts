import fc from "fast-check";
import { expect, test } from "vitest";
import type { Row } from "../../../jobs/aggregate/state";
import { copyOf } from "./model-store";
import { logOf, type Made, oracle, Replica, type Rule, World } from "./model-world";

const made: fc.Arbitrary<Made> = fc.record({
  source: fc.integer({ min: 0, max: 2 }),
  second: fc.integer({ min: 0, max: 120 }),
  key: fc.option(fc.constantFrom("kim", "lee", "Unknown Name"), { nil: undefined, freq: 9 }),
  gap: fc.constantFrom(0, 0, 0, 1, 3),
});
const rules: fc.Arbitrary<Rule> = fc.record({
  windowSeconds: fc.constantFrom(5, 10, 60),
  watermarkSeconds: fc.constantFrom(0, 3, 15),
  idleSeconds: fc.constantFrom(0, 5, 60),
});
/** What may happen, in any order: r = index of the replica, p = partition. */
const actions = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant("read" as const),
        r: fc.nat(2),
        p: fc.nat(1),
        n: fc.integer({ min: 1, max: 15 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("flush" as const),
        r: fc.nat(2),
        how: fc.constantFrom("well", "well", "answer lost", "commit refused"),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("kill" as const), r: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("rebalance" as const), r: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("backup" as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("restore" as const) }) },
  ),
  { maxLength: 120 },
);

/** Every partition's rows are exactly what the log says up to the position. */
function expectExact(
  world: World,
  events: readonly Made[][],
  runs: (partition: number) => { rule: Rule; from: number }[],
): void {
  for (const table of world.tables.partitions) {
    for (const [partition, held] of table) {
      const log = world.logs[partition] ?? [];
      const expected = oracle(log, events[partition] ?? [], held.position, runs(partition));
      const rows = [...held.rows.values()].map((row) =>
        table === world.tables.partitions[1] ? { ...row, key: "d" } : row,
      );
      if (table === world.tables.partitions[0]) {
        expect(new Map(rows.map((row) => [`${row.start}/${row.key}`, row]))).toEqual(expected.rows);
      } else {
        const total = (list: Iterable<Row>) =>
          [...list].reduce((sum, row) => sum + row.count + 1_000_000 * row.late, 0);
        expect(total(rows)).toBe(total(expected.rows.values()));
      }
      expect(held.rejected).toBe(expected.rejected);
    }
  }
}

async function finish(world: World, rule: Rule): Promise<void> {
  const last = new Replica(world, rule);
  for (const partition of world.logs.keys()) await last.read(partition, 10_000);
  world.loseAnswer = false;
  world.refuseCommit = false;
  await last.flush();
}

test("any batches, replicas, zombies, kills, rebalances and restored backups give the rows of one plain pass", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(fc.array(made, { maxLength: 60 }), fc.array(made, { maxLength: 60 })),
      rules,
      actions,
      async (events, rule, schedule) => {
        const world = new World(events.map((list, partition) => logOf(partition, list)));
        const runs = () => [{ rule, from: 0 }];
        let replicas = [0, 1, 2].map(() => new Replica(world, rule));
        let backup = copyOf(world.tables);
        for (const action of schedule) {
          const replica = "r" in action ? replicas[action.r] : undefined;
          if (action.kind === "read") await replica?.read(action.p, action.n);
          if (action.kind === "kill") replicas = replicas.with(action.r, new Replica(world, rule));
          if (action.kind === "rebalance") replica?.aggregator.drop();
          if (action.kind === "backup") backup = copyOf(world.tables);
          if (action.kind === "restore") world.tables = { ...copyOf(backup), runs: world.tables.runs };
          if (action.kind === "flush") {
            world.loseAnswer = action.how === "answer lost";
            world.refuseCommit = action.how === "commit refused";
            await replica?.flush();
            world.loseAnswer = false;
            world.refuseCommit = false;
          }
          expectExact(world, events, runs);
        }
        await finish(world, rule);
        expectExact(world, events, runs);
        for (const [partition, log] of world.logs.entries()) {
          if (log.length > 0) expect(world.tables.partitions[0]?.get(partition)?.position).toBe(world.end(partition));
        }
        const unreadable = events.flatMap((list, partition) =>
          list.flatMap(({ key }, index) =>
            key === undefined ? `${partition}/${world.logs[partition]?.[index]?.offset}` : [],
          ),
        );
        expect(new Set(world.setAside.map(({ record }) => `${record.partition}/${record.offset}`))).toEqual(
          new Set(unreadable),
        );
      },
    ),
    { numRuns: 400 },
  );
});

test("a changed window or watermark counts each record by exactly one rule", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(made, { minLength: 1, maxLength: 60 }),
      fc.array(rules, { minLength: 2, maxLength: 4 }),
      fc.array(fc.nat(20), { minLength: 8, maxLength: 8 }),
      async (events, changes, counts) => {
        const world = new World([logOf(0, events)]);
        const runs: { rule: Rule; from: number }[] = [];
        const old: Replica[] = [];
        for (const [index, rule] of changes.entries()) {
          const before = runs.at(-1)?.rule;
          const same =
            before?.windowSeconds === rule.windowSeconds && before.watermarkSeconds === rule.watermarkSeconds;
          if (!same) runs.push({ rule, from: world.tables.partitions[0]?.get(0)?.position ?? 0 });
          const replica = new Replica(world, rule);
          await replica.read(0, counts[2 * index] ?? 1);
          await replica.flush();
          await replica.read(0, counts[2 * index + 1] ?? 1);
          // A pod of the old configuration that was not told: it may write nothing more.
          for (const zombie of same ? [] : old) {
            await zombie.read(0, 5);
            await zombie.flush();
          }
          old.push(replica);
          expectExact(world, [events], () => runs);
        }
        await finish(world, changes.at(-1) ?? { windowSeconds: 10, watermarkSeconds: 0, idleSeconds: 0 });
        expectExact(world, [events], () => runs);
        expect(world.tables.partitions[0]?.get(0)?.position).toBe(world.end(0));
      },
    ),
    { numRuns: 400 },
  );
});

test("a backup restored between loading and writing is noticed, and the rows are filled again from the log", async () => {
  const event = (second: number): Made => ({ source: 0, second, key: "kim", gap: 0 });
  const events = [event(0), event(60), event(61), event(62)];
  const rule = { windowSeconds: 10, watermarkSeconds: 0, idleSeconds: 60 };
  const world = new World([logOf(0, events)]);
  const empty = copyOf(world.tables);
  const before = new Replica(world, rule);
  await before.read(0, 3);
  await before.flush(); // the window of second 0 is closed, and committed past
  const replica = new Replica(world, rule);
  await replica.read(0, 1);
  world.tables = { ...empty, runs: world.tables.runs };
  await replica.flush();
  expect(world.tables.partitions[0]?.get(0)).toBeUndefined(); // a partial table would be worse than an empty one
  await replica.read(0, 10);
  await replica.flush();
  expectExact(world, [events], () => [{ rule, from: 0 }]);
  expect(world.tables.partitions[0]?.get(0)?.position).toBe(4);
});
