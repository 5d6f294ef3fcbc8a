/** An input value and what enrich makes of it: a value, or the reason it is a dead letter. */
export interface Vector {
  readonly name: string;
  readonly input: string | Buffer | null;
  readonly output: string | { readonly dead: string };
}

const TIME = "2026-11-21 12:00:00";

function row(middle: string, rest: string): string {
  return `{"time":"${TIME}",${middle},${rest}}`;
}

const USER_3 = '"user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4';

function event(fields: string): string {
  return `{${fields}}`;
}

/** Every odd record of docs/kappa-records.md, in its order. */
export const VECTORS: readonly Vector[] = [
  {
    name: "an event as collectors write it",
    input: event(`"hello":"ssm-seoul","id":3,"time":"${TIME}"`),
    output: row(USER_3, '"hello":"ssm-seoul","id":3'),
  },
  {
    name: "other order, spaces, further fields",
    input: `{ "x" : [1, {"id": 9}], "time" : "${TIME}",\n"id" : 3, "hello" : "ssm-seoul" }`,
    output: row(USER_3, '"hello":"ssm-seoul","id":3'),
  },
  {
    name: "hello missing",
    input: event(`"id":3,"time":"${TIME}"`),
    output: row(USER_3, '"id":3'),
  },
  {
    name: "hello null",
    input: event(`"hello":null,"id":3,"time":"${TIME}"`),
    output: row(USER_3, '"id":3'),
  },
  {
    name: "hello a number",
    input: event(`"hello":12,"id":3,"time":"${TIME}"`),
    output: row(USER_3, '"hello":"12","id":3'),
  },
  {
    name: "hello an object",
    input: event(`"hello":{"a":[1,"b"]},"id":3,"time":"${TIME}"`),
    output: row(USER_3, '"hello":"{\\"a\\":[1,\\"b\\"]}","id":3'),
  },
  {
    name: "hello an object with spaces and escapes",
    input: event(`"hello":{"a" : [ 1 , "\\u0041\\u00e9\\u001f\\/" ],\n"b": null},"id":3,"time":"${TIME}"`),
    output: row(USER_3, '"hello":"{\\"a\\":[1,\\"Aé\\\\u001F/\\"],\\"b\\":null}","id":3'),
  },
  ...[
    ["1.50", "1.5"],
    ["3.0", "3.0"],
    ["1E5", "100000.0"],
    ["1e7", "1.0E7"],
    ["12345678.9", "1.23456789E7"],
    ["0.0001", "1.0E-4"],
    ["2e-3", "0.002"],
    ["-0", "0"],
    ["-0.0", "-0.0"],
    ["1e400", '\\"Infinity\\"'],
    ["100000000000000000000000", "100000000000000000000000"],
    ["[1e21,true]", "[1.0E21,true]"],
  ].map(([number, text]) => ({
    name: `hello the number ${number}`,
    input: event(`"hello":${number},"id":3,"time":"${TIME}"`),
    output: row(USER_3, `"hello":"${text}","id":3`),
  })),
  {
    name: "hello with escapes and other scripts",
    input: event(`"hello":"서울 \\u0041\\n\\"\\\\\\/\\u001f😀","id":3,"time":"${TIME}"`),
    output: row(USER_3, '"hello":"서울 A\\n\\"\\\\/\\u001F😀","id":3'),
  },
  {
    name: "hello with half a surrogate pair",
    input: event(`"hello":"\\ud83d!","id":3,"time":"${TIME}"`),
    output: row(USER_3, '"hello":"?!","id":3'),
  },
  {
    name: "a repeated field: the last one counts",
    input: event(`"id":8,"hello":"a","id":3,"hello":"b","time":"${TIME}"`),
    output: row(USER_3, '"hello":"b","id":3'),
  },
  {
    name: "__proto__ and constructor are fields like any other",
    input: event(`"__proto__":{"id":1},"constructor":5,"hello":"a","id":3,"time":"${TIME}"`),
    output: row(USER_3, '"hello":"a","id":3'),
  },
  {
    name: "a negative id joins nothing",
    input: event(`"hello":"a","id":-3,"time":"${TIME}"`),
    output: row(
      '"user_id":-3,"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","age":-2',
      '"hello":"a","id":-3',
    ),
  },
  {
    name: "an id beyond 2^53 keeps every digit",
    input: event(`"hello":"a","id":9007199254740993,"time":"${TIME}"`),
    output: row(USER_3.replace('"age":4', '"age":94'), '"hello":"a","id":9007199254740993'),
  },
  {
    name: "the largest id",
    input: event(`"hello":"a","id":9223372036854775807,"time":"${TIME}"`),
    output: row(
      '"user_id":7,"user_name":"user-7","dept_name":"dept-2","gender":"여성","age":8',
      '"hello":"a","id":9223372036854775807',
    ),
  },
  {
    name: "a value of 1 MB",
    input: event(`"hello":"${"x".repeat(1_048_576)}","id":3,"time":"${TIME}"`),
    output: row(USER_3, `"hello":"${"x".repeat(1_048_576)}","id":3`),
  },
  { name: "tombstone", input: null, output: { dead: "tombstone" } },
  { name: "empty", input: "", output: { dead: "empty" } },
  { name: "not JSON", input: "hello", output: { dead: "not-json" } },
  { name: "cut off", input: '{"hello":"a","id":3', output: { dead: "not-json" } },
  { name: "single quotes", input: `{'hello':'a','id':3,'time':'${TIME}'}`, output: { dead: "not-json" } },
  { name: "trailing garbage", input: event(`"id":3,"time":"${TIME}"`).concat(" x"), output: { dead: "not-json" } },
  { name: "byte order mark", input: `\ufeff${event(`"id":3,"time":"${TIME}"`)}`, output: { dead: "not-json" } },
  {
    name: "truncated UTF-8",
    input: Buffer.concat([
      Buffer.from('{"hello":"'),
      Buffer.from([0xec, 0x84]),
      Buffer.from(`","id":3,"time":"${TIME}"}`),
    ]),
    output: { dead: "invalid-utf-8" },
  },
  { name: "JSON null", input: "null", output: { dead: "not-an-object" } },
  { name: "a number", input: "3", output: { dead: "not-an-object" } },
  { name: "an array", input: `[${event(`"id":3,"time":"${TIME}"`)}]`, output: { dead: "not-an-object" } },
  { name: "deep nesting", input: "[".repeat(100_000), output: { dead: "not-json" } },
  { name: "id missing", input: event(`"hello":"a","time":"${TIME}"`), output: { dead: "id-missing" } },
  { name: "id null", input: event(`"hello":"a","id":null,"time":"${TIME}"`), output: { dead: "id-missing" } },
  {
    name: "id a fraction",
    input: event(`"hello":"a","id":3.5,"time":"${TIME}"`),
    output: { dead: "id-not-an-integer" },
  },
  { name: "id 3.0", input: event(`"hello":"a","id":3.0,"time":"${TIME}"`), output: { dead: "id-not-an-integer" } },
  { name: "id 3e0", input: event(`"hello":"a","id":3e0,"time":"${TIME}"`), output: { dead: "id-not-an-integer" } },
  { name: "id a string", input: event(`"hello":"a","id":"3","time":"${TIME}"`), output: { dead: "id-not-an-integer" } },
  {
    name: "id beyond 2^63",
    input: event(`"hello":"a","id":9223372036854775808,"time":"${TIME}"`),
    output: { dead: "id-out-of-range" },
  },
  { name: "time missing", input: event('"hello":"a","id":3'), output: { dead: "time-missing" } },
  { name: "time null", input: event('"hello":"a","id":3,"time":null'), output: { dead: "time-missing" } },
  { name: "time a number", input: event('"hello":"a","id":3,"time":5'), output: { dead: "time-unparsable" } },
  {
    name: "time in ISO 8601",
    input: event('"hello":"a","id":3,"time":"2026-11-21T12:00:00Z"'),
    output: { dead: "time-unparsable" },
  },
  {
    name: "a day that does not exist",
    input: event('"hello":"a","id":3,"time":"2026-02-30 12:00:00"'),
    output: { dead: "time-unparsable" },
  },
];
