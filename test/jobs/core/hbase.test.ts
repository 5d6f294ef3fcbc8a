import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectHBase, type HBase, HBaseError } from "../../../jobs/core/hbase";
import { allOf, columnValue, rowRegex } from "../../../jobs/core/hbase-filter";

interface Answer {
  readonly status?: number;
  readonly text?: string;
  /** Sends half of the text and closes. */
  readonly breaks?: boolean;
}

const b64 = (text: string) => Buffer.from(text).toString("base64");
const rowOf = (key: string, ...cells: [column: string, value: string][]) => ({
  key: b64(key),
  Cell: cells.map(([column, value]) => ({ column: b64(column), timestamp: 5, $: b64(value) })),
});
const page = (...rows: object[]): Answer => ({ text: JSON.stringify({ Row: rows }) });

let server: Server;
let hbase: HBase;
let answers: Answer[];
let asked: string[];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    asked.push([request.method, request.url, text].filter(Boolean).join(" "));
    const { status = 200, text: body = "", breaks } = answers.shift() ?? {};
    if (breaks) {
      response.writeHead(status, { "content-length": body.length }).write(body.slice(0, body.length / 2));
      setTimeout(() => request.socket.destroy(), 20);
    } else response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  hbase = connectHBase({ url, timeoutMs: 2_000, patienceMs: 10_000 });
});
beforeEach(() => {
  answers = [];
  asked = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function keys(rows: AsyncIterable<{ key: string }>): Promise<string[]> {
  const all: string[] = [];
  for await (const { key } of rows) all.push(key);
  return all;
}

test("a row is read with its values and their times; one that is not there is undefined", async () => {
  answers = [page(rowOf("1-O0010", ["cf1:speed", "81"])), { status: 404, text: "Not found" }];
  expect(await hbase.get("t", "1-O0010", ["cf1:speed", "cf1:date"])).toEqual({
    key: "1-O0010",
    cells: [{ column: "cf1:speed", value: "81", timestampMs: 5 }],
  });
  expect(await hbase.get("t", "a/b")).toBeUndefined();
  expect(asked).toEqual(["GET /t/1-O0010/cf1%3Aspeed,cf1%3Adate", "GET /t/a%2Fb"]);
});

test("cells are written with their time, or with HBase's", async () => {
  await hbase.put("t", [
    { key: "k", cells: [{ column: "cf1:a", value: "á", timestampMs: 7 }] },
    { key: "l", cells: [{ column: "cf1:a", value: "2" }] },
  ]);
  const rows = [
    { key: b64("k"), Cell: [{ column: b64("cf1:a"), timestamp: 7, $: b64("á") }] },
    { key: b64("l"), Cell: [{ column: b64("cf1:a"), $: b64("2") }] },
  ];
  expect(asked).toEqual([`PUT /t/rows ${JSON.stringify({ Row: rows })}`]);
  await hbase.put("t", []);
  expect(asked).toHaveLength(1);
});

describe("scan", () => {
  test("goes on behind the last row of a page, until a page is not full", async () => {
    answers = [page(rowOf("a"), rowOf("b")), page(rowOf("c"))];
    expect(await keys(hbase.scan("t", { start: "a", stop: "x", pageRows: 2 }))).toEqual(["a", "b", "c"]);
    expect(asked).toEqual(["GET /t/*?limit=2&startrow=a&endrow=x", "GET /t/*?limit=2&startrow=b%00&endrow=x"]);
  });

  test("ends with its limit", async () => {
    answers = [page(rowOf("a"), rowOf("b")), page(rowOf("c"))];
    expect(await keys(hbase.scan("t", { limit: 3, pageRows: 2 }))).toEqual(["a", "b", "c"]);
    expect(asked).toEqual(["GET /t/*?limit=2", "GET /t/*?limit=1&startrow=b%00"]);
  });

  test("says prefix, columns, times and filter", async () => {
    answers = [{ text: "" }];
    const filter = rowRegex("O0010$");
    const scan = { prefix: "02", columns: ["cf1:a", "cf1:b"], fromMs: 1, beforeMs: 9, filter };
    expect(await keys(hbase.scan("t", scan))).toEqual([]);
    const query = new URL(asked[0]?.split(" ")[1] ?? "", "http://x");
    expect(query.pathname).toBe("/t/02*");
    expect([...query.searchParams]).toEqual([
      ["limit", "1000"],
      ["filter", "RowFilter(=, 'regexstring:O0010$')"],
      ["starttime", "1"],
      ["endtime", "9"],
      ["column", "cf1:a"],
      ["column", "cf1:b"],
    ]);
  });

  test("a row that came in two pieces is one", async () => {
    answers = [page(rowOf("a", ["cf1:x", "1"]), rowOf("a", ["cf1:y", "2"]), rowOf("b"))];
    const rows = [];
    for await (const row of hbase.scan("t")) rows.push(`${row.key} ${row.cells.map(({ column }) => column)}`);
    expect(rows).toEqual(["a cf1:x,cf1:y", "b "]);
  });

  test("a page that is full of pieces is full, though they make fewer rows", async () => {
    answers = [page(rowOf("a", ["cf1:x", "1"]), rowOf("a", ["cf1:y", "2"]), rowOf("b")), page(rowOf("c"))];
    expect(await keys(hbase.scan("t", { pageRows: 3 }))).toEqual(["a", "b", "c"]);
    expect(asked).toEqual(["GET /t/*?limit=3", "GET /t/*?limit=3&startrow=b%00"]);
  });

  test("asks again for a page that broke off, or that nobody could serve", async () => {
    const whole = page(rowOf("a"));
    answers = [{ ...whole, breaks: true }, { status: 503, text: "Unavailable" }, { text: '{"Row":[{"key' }, whole];
    expect(await keys(hbase.scan("t"))).toEqual(["a"]);
    expect(asked).toHaveLength(4);
  });
});

test("what is refused fails at once, in one line", async () => {
  answers = [{ status: 400, text: "bad\nfilter" }];
  const error = await keys(hbase.scan("t", { filter: "x" })).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(HBaseError);
  expect(String(error)).toBe("HBaseError: HBase, GET /t/*?limit=1000&filter=x: 400 bad filter");
  expect(asked).toHaveLength(1);
});

test("families and regions are named", async () => {
  answers = [
    { text: JSON.stringify({ name: "t", ColumnSchema: [{ name: "cf1", VERSIONS: "1" }] }) },
    { text: JSON.stringify({ Region: [{ startKey: "", endKey: b64("80000000"), location: "h:16020" }] }) },
  ];
  expect(await hbase.families("t")).toEqual(["cf1"]);
  expect(await hbase.regions("t")).toEqual([{ startKey: "", endKey: "80000000", location: "h:16020" }]);
});

test.each([
  [{ column: "cf1:speed", comparison: "=", value: "81" }, "'cf1', 'speed', =, 'binary:81'"],
  [{ column: "cf1:speed", comparison: "!~", value: "^1" }, "'cf1', 'speed', !=, 'regexstring:^1'"],
  [{ column: "cf1:a:b", comparison: "~", value: "it's" }, "'cf1', 'a:b', =, 'regexstring:it''s'"],
  [{ column: "cf1:a", comparison: "!=", value: "" }, "'cf1', 'a', !=, 'binary:'"],
] as const)("%j in HBase's language", (condition, text) => {
  expect(columnValue(condition)).toBe(`SingleColumnValueFilter(${text}, true, true)`);
});

test("several filters are all to be met", () => {
  expect(allOf([])).toBeUndefined();
  expect(allOf(["A()", "B()"])).toBe("(A()) AND (B())");
});
