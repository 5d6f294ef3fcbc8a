import { expect, test } from "vitest";
import { readSettings } from "../../stacks/settings";

const GOOD = { "bigdata-lab:pipelines": '["kappa"]', "bigdata-lab:size": "lab" };

test("two keys are enough", () => {
  expect(readSettings(GOOD, "lab")).toEqual({
    pipelines: ["kappa"],
    size: "lab",
    namespace: "bigdata-lab",
    context: "bigdata-lab",
    images: undefined,
    mysqlRootPassword: undefined,
    mysqlScottPassword: "tiger",
    events: {
      perSecond: 10,
      disorder: { duplicates: 0, late: 0, lateSeconds: 60, malformed: 0, nullJoin: 0 },
    },
    kappa: {
      windowSeconds: 10,
      watermarkSeconds: 15,
      recoveryWatermarkSeconds: 3600,
    },
    lambda: { taskSeconds: 3600, rollSeconds: 30, reindexHour: 1 },
    smartcar: {
      cars: 100,
      readingBytes: 0,
      seed: 1,
      statusFiles: { lines: undefined, everySeconds: 60, garbage: 0.001, rollSeconds: 60 },
      topology: true,
      rule: "stacks/over-speed.epl",
      keepHours: 168,
    },
  });
});

test("each stack has a namespace of its own", () => {
  expect(readSettings(GOOD, "prod").namespace).toBe("bigdata-lab-prod");
});

test("the well-known password is the lab's alone", () => {
  expect(readSettings({ ...GOOD, "bigdata-lab:size": "prod" }, "prod").mysqlScottPassword).toBeUndefined();
});

test("keys of Pulumi's providers are not ours to judge, and of others there are none", () => {
  expect(() => readSettings({ ...GOOD, "other:frob": "x" }, "lab")).toThrow(
    /^config other:frob: no such key, allowed: bigdata-lab:…, pulumi:…, kubernetes:…, docker:…$/,
  );
  expect(readSettings({ ...GOOD, "kubernetes:context": "x" }, "lab")).toEqual(readSettings(GOOD, "lab"));
});

test("what is given wins over defaults", () => {
  const given = {
    ...GOOD,
    "bigdata-lab:kappa": '{"windowSeconds":60}',
    "bigdata-lab:events": '{"disorder":{"late":0.1}}',
    "bigdata-lab:namespace": "x",
  };
  const { kappa, events, namespace } = readSettings(given, "lab");
  expect([
    kappa.windowSeconds,
    kappa.watermarkSeconds,
    events.disorder.late,
    events.disorder.malformed,
    namespace,
  ]).toEqual([60, 15, 0.1, 0, "x"]);
});

test.each([
  ["size", "large", 'config bigdata-lab:size: "large" was given, allowed: lab, staging, prod'],
  ["size", undefined, "config bigdata-lab:size: nothing was given, allowed: lab, staging, prod"],
  [
    "pipelines",
    "[]",
    "config bigdata-lab:pipelines: [] was given, allowed: a list of one or more different words of: kappa, lambda, smartcar",
  ],
  [
    "pipelines",
    '["kapa"]',
    'config bigdata-lab:pipelines: ["kapa"] was given, allowed: a list of one or more different words of: kappa',
  ],
  ["pipelines", '["kappa","kappa"]', /pipelines: \["kappa","kappa"\] was given/],
  ["pipelines", "kappa", /pipelines: "kappa" was given, allowed: a list/],
  ["namespace", "kube-system", /namespace: "kube-system" was given, allowed: a DNS label/],
  ["namespace", "A", /namespace: "A"/],
  ["images", "registry:5000/lab:latest", /images: .* allowed: registry\/prefix/],
  [
    "kapa",
    "{}",
    "config bigdata-lab:kapa: no such key, allowed: pipelines, size, namespace, context, images, mysqlRootPassword, mysqlScottPassword, events, kappa, lambda, smartcar",
  ],
  ["kappa", "[]", /kappa: \[\] was given, allowed: an object/],
  ["kappa", "{", /kappa: "\{" was given, allowed: an object/],
  ["kappa", '{"window":10}', /kappa\.window: no such key, allowed: windowSeconds/],
  [
    "kappa",
    '{"windowSeconds":"10"}',
    'config bigdata-lab:kappa.windowSeconds: "10" was given, allowed: a whole number from 1 to 86400',
  ],
  ["kappa", '{"windowSeconds":0}', /windowSeconds: 0 was given/],
  ["events", '{"perSecond":1.5}', /perSecond: 1.5 was given/],
  ["events", '{"disorder":{"late":2}}', /events\.disorder\.late: 2 was given, allowed: a number from 0 to 1/],
  [
    "kappa",
    '{"watermarkSeconds":60,"recoveryWatermarkSeconds":30}',
    /recoveryWatermarkSeconds: 30 was given, allowed: at least kappa.watermarkSeconds \(60\)/,
  ],
  [
    "lambda",
    "{}",
    'config bigdata-lab:lambda: ["kappa"] was given, allowed: only with lambda in bigdata-lab:pipelines',
  ],
  ["mysqlRootPassword", "abc", /mysqlRootPassword: \[secret\] was given, allowed: 4 to 128/],
])("%s: %s is one line that says what is allowed", (key, value, message) => {
  const given: Record<string, string> = { ...GOOD };
  if (value === undefined) delete given[`bigdata-lab:${key}`];
  else given[`bigdata-lab:${key}`] = value;
  let said = "nothing";
  try {
    readSettings(given, "lab");
  } catch (error) {
    said = (error as Error).message;
  }
  expect(said).toMatch(message);
  expect(said).not.toContain("\n");
});

test.each([
  ['{"taskSeconds":30000}', /lambda\.taskSeconds: 30000 was given, allowed: at most 21600, a quarter/],
  ['{"rollSeconds":5}', /lambda\.rollSeconds: 5 was given, allowed: a whole number from 30 to 3600/],
  ['{"reindexHour":0}', /lambda\.reindexHour: 0 was given/],
])("lambda %s is refused", (value, message) => {
  const given = { ...GOOD, "bigdata-lab:pipelines": '["lambda"]', "bigdata-lab:lambda": value };
  expect(() => readSettings(given, "lambda")).toThrow(message);
});

test.each([
  ['{"cars":0}', /smartcar\.cars: 0 was given, allowed: a whole number from 1 to 20000/],
  [
    '{"cars":10,"statusFiles":{"lines":601}}',
    /smartcar\.statusFiles\.lines: 601 was given, allowed: at most 600, one for/,
  ],
  [
    '{"cars":150,"readingBytes":4096}',
    /smartcar\.cars: 150 was given, allowed: at most 1\d\d with readings of 4096 bytes \(readingBytes\)/,
  ],
  ['{"statusFiles":{"lines":100000000}}', /statusFiles\.lines: 100000000 was given, allowed: a whole number/],
  [
    '{"cars":20000,"statusFiles":{"lines":10000000,"everySeconds":86400},"readingBytes":4096}',
    /smartcar\.cars: 20000 was given/,
  ],
  ['{"cars":200}', /smartcar\.keepHours: 168 was given, allowed: at most \d\d, for which Redis has room with 200 cars/],
  ['{"cars":1000}', /smartcar\.cars: 1000 was given, allowed: at most \d+00, of which Redis has room/],
  ['{"topology":"no"}', /smartcar\.topology: "no" was given, allowed: true, false/],
  ['{"rule":"stacks/none.epl"}', /smartcar\.rule: "stacks\/none\.epl" was given, allowed: the path of a file \*\.epl/],
  ['{"rule":"package.json"}', /smartcar\.rule: "package\.json" was given/],
  [
    '{"statusFiles":{"line":1}}',
    /smartcar\.statusFiles\.line: no such key, allowed: lines, everySeconds, garbage, rollSeconds/,
  ],
])("smartcar %s is refused", (value, message) => {
  const given = { ...GOOD, "bigdata-lab:pipelines": '["smartcar"]', "bigdata-lab:smartcar": value };
  expect(() => readSettings(given, "smartcar")).toThrow(message);
});

test("what the sources ask for is allowed in the lab: 100 cars with 4 KB a second, a status file of 2.2 million lines a day", () => {
  const smartcar = { readingBytes: 4096, statusFiles: { lines: 2_200_000, everySeconds: 86_400 } };
  const given = { ...GOOD, "bigdata-lab:pipelines": '["smartcar"]', "bigdata-lab:smartcar": JSON.stringify(smartcar) };
  expect(readSettings(given, "smartcar").smartcar).toMatchObject({ cars: 100, readingBytes: 4096 });
});

test.each(["lab", "staging", "prod"])("a size %s takes the smart car as it is, for a week", (size) => {
  const given = { ...GOOD, "bigdata-lab:pipelines": '["smartcar"]', "bigdata-lab:size": size };
  expect(readSettings(given, "x").smartcar.keepHours).toBe(168);
});

test("the collector's settings need a pipeline that has a collector", () => {
  const given = { ...GOOD, "bigdata-lab:pipelines": '["smartcar"]', "bigdata-lab:events": "{}" };
  expect(() => readSettings(given, "smartcar")).toThrow(
    /events: \["smartcar"\] was given, allowed: only with kappa or/,
  );
});

test("the well-known password is refused in prod, and not repeated", () => {
  const given = { ...GOOD, "bigdata-lab:size": "prod", "bigdata-lab:mysqlScottPassword": "tiger" };
  expect(() => readSettings(given, "prod")).toThrow(
    /mysqlScottPassword: \[secret\] was given, allowed: the well-known password in size lab only/,
  );
});
