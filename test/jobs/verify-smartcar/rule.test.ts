import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../../cluster/core/paths";
import { Judge, notedRules, parseRule } from "../../../jobs/verify-smartcar/rule";

const EPL = readFileSync(join(projectRoot(), "stacks/over-speed.epl"), "utf8");

/** Verdicts on one car's readings, in order. */
function verdicts(readings: readonly (readonly [second: number, speed: number])[], epl = EPL): string[] {
  const judge = new Judge([], epl);
  return readings.map(([second, speed]) => judge.offer({ car: "A0001", second, speed, partition: 0 }));
}

test("the stack's rule is one that is computed here", () => {
  expect(parseRule(EPL)).toEqual({ windowSeconds: 30, limit: 80 });
});

test.each([
  [EPL.replace("time, 30 seconds", "time, 2 min"), { windowSeconds: 120, limit: 80 }],
  [EPL.replace("> 80", ">100.5"), { windowSeconds: 30, limit: 100.5 }],
  [EPL.trimEnd().replace(/\n/g, " \n  ").concat(" ;\n"), { windowSeconds: 30, limit: 80 }],
  [EPL.replace("> 80", ">= 80"), undefined],
  [EPL.replace("> 80", "> 80 and avg(speed) < 200"), undefined],
  [EPL.replace("avg(speed) > 80", "max(speed) > 80"), undefined],
  [EPL.replace("#ext_timed(time, 30 seconds)", "#length(30)"), undefined],
  ["", undefined],
])("the rule %j", (epl, rule) => {
  expect(parseRule(epl)).toEqual(rule);
});

test("an average that is the limit is not above it, the least bit more is; one reading is enough", () => {
  expect(verdicts([[0, 80]])).toEqual(["must not"]);
  expect(verdicts([[0, 80.01]])).toEqual(["must"]);
  expect(
    verdicts([
      [0, 70],
      [1, 90],
      [2, 81],
    ]),
  ).toEqual(["must not", "must not", "must"]);
});

test("a reading of 30 s before is out of the window, one of 29 s before is in it", () => {
  expect(
    verdicts([
      [0, 0],
      [30, 81],
    ])[1],
  ).toBe("must");
  expect(
    verdicts([
      [0, 0],
      [29, 81],
    ])[1],
  ).toBe("must not");
});

test("decimals that add up to about the limit may be on either side", () => {
  const [, , third] = verdicts([
    [0, 80.1],
    [1, 79.9],
    [2, 80.0000000001],
  ]);
  expect(third).toBe("may");
});

test("each car has a window of its own", () => {
  const judge = new Judge([], EPL);
  const offer = (car: string, second: number, speed: number) => judge.offer({ car, second, speed, partition: 0 });
  expect([offer("A0001", 0, 0), offer("B0002", 0, 81), offer("B0002", 1, 81)]).toEqual(["must not", "must", "must"]);
});

test("a window that is forgotten by no rule's length ends; without a computable rule there is none", () => {
  expect(verdicts([[0, 500]], "select 1")).toEqual(["may"]);
  expect(new Judge([], "select 1").foreign).toEqual(["select 1"]);
});

test("notes are in the order of their submission, and what is no note is refused", () => {
  const note = JSON.stringify({ epl: EPL, since: 5, partitions: { "0": 5, "3": 7 } });
  const noted = notedRules(
    new Map([
      ["1000", note],
      ["200", note],
    ]),
  );
  expect(noted.map(({ submittedMs }) => submittedMs)).toEqual([200, 1000]);
  expect([...(noted[0]?.since ?? [])]).toEqual([
    [0, 5],
    [3, 7],
  ]);
  for (const wrong of ["{}", '{"epl":1,"partitions":{}}']) {
    expect(() => notedRules(new Map([["1", wrong]]))).toThrow(/^1: .* is no note of a rule$/);
  }
});

test("a partition that no topology has judged yet binds nobody", () => {
  const rules = [{ epl: EPL, submittedMs: 0, since: new Map([[0, 10_000]]) }];
  const judge = new Judge(rules, "");
  const offer = (second: number, partition: number | undefined) =>
    judge.offer({ car: `A000${partition}`, second, speed: 99, partition });
  expect([offer(5, 0), offer(12, 0), offer(12, 1), offer(12, undefined)]).toEqual(["may", "must", "may", "may"]);
});
