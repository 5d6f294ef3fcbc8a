import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectDruid, type Druid, DruidError } from "../../../jobs/core/druid";

interface Answer {
  readonly status?: number;
  readonly text?: string;
  /** Sends half of the text and closes. */
  readonly breaks?: boolean;
  /** Never answers. */
  readonly hangs?: boolean;
}

let server: Server;
let url: string;
let druid: Druid;
let answer: Answer;
let asked: { call: string; body: unknown };

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    asked = { call: `${request.method} ${request.url}`, body: text === "" ? undefined : JSON.parse(text) };
    const { status = 200, text: body = "", breaks, hangs } = answer;
    if (hangs) return;
    if (breaks) {
      response.writeHead(status, { "content-length": body.length }).write(body.slice(0, body.length / 2));
      setTimeout(() => request.socket.destroy(), 20);
    } else response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  druid = connectDruid({ url });
});
beforeEach(() => {
  answer = {};
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function failure(call: Promise<unknown>): Promise<DruidError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DruidError);
  return error as DruidError;
}

test("a query is sent with its parameters, and its rows come back", async () => {
  answer = { text: '[{"n":3}]' };
  const parameters = [{ type: "VARCHAR", value: "민수" }];
  expect(await druid.sql<{ n: number }>("SELECT ?", parameters, { sqlTimeZone: "UTC" })).toEqual([{ n: 3 }]);
  expect(asked).toEqual({
    call: "POST /druid/v2/sql",
    body: { query: "SELECT ?", parameters, context: { sqlTimeZone: "UTC" }, resultFormat: "object" },
  });
});

test("an empty answer is undefined", async () => {
  expect(await druid.delete("/druid/indexer/v1/x")).toBeUndefined();
  expect(asked).toEqual({ call: "DELETE /druid/indexer/v1/x", body: undefined });
});

describe("errors say in one line what was asked and what is wrong", () => {
  test.each<[string, Answer, string, { status: number; retriable: boolean }]>([
    [
      "of a query",
      { status: 400, text: '{"error":"druidException","errorMessage":"Object \'x\' not found\\n(line 1)"}' },
      "Druid, GET /p: 400 Object 'x' not found (line 1)",
      { status: 400, retriable: false },
    ],
    [
      "of the Overlord",
      { status: 503, text: '{"error":"down"}' },
      "Druid, GET /p: 503 down",
      { status: 503, retriable: true },
    ],
    [
      "of a task",
      { status: 400, text: '{"state":"FAILED","error":{"error":"druidException","errorMessage":"no PARTITIONED BY"}}' },
      "Druid, GET /p: 400 no PARTITIONED BY",
      { status: 400, retriable: false },
    ],
    ["that are no JSON", { status: 500, text: "boom" }, "Druid, GET /p: 500 boom", { status: 500, retriable: false }],
    ["that are empty", { status: 404, text: "" }, "Druid, GET /p: 404", { status: 404, retriable: false }],
    [
      "in the middle of a result",
      { text: '[{"n":3},' },
      "Druid, GET /p: the answer is no whole JSON: ",
      { status: 0, retriable: true },
    ],
    [
      "of a connection that breaks",
      { text: '[{"n":3}]', breaks: true },
      "Druid, GET /p: ",
      { status: 0, retriable: true },
    ],
    ["of no answer in time", { hangs: true }, "aborted due to timeout", { status: 0, retriable: true }],
  ])("%s", async (_, given, message, facts) => {
    answer = given;
    const client = given.hangs ? connectDruid({ url, timeoutMs: 300 }) : druid;
    const error = await failure(client.get("/p"));
    expect(error.message).toContain(message);
    expect(error.message).not.toContain("\n");
    expect(error).toMatchObject(facts);
    expect(error.body).toBe(given.breaks || given.hangs ? "" : given.text);
  });

  test("when nobody listens", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const error = await failure(connectDruid({ url: `http://127.0.0.1:${port}` }).get("/p"));
    expect(error).toMatchObject({ status: 0, retriable: true, body: "" });
    expect(error.message).toContain("ECONNREFUSED");
  });
});
