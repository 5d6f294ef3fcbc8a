import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { ArrayElements, scanRows } from "../../../jobs/core/druid-scan";

describe("an array's elements, while it comes in", () => {
  test("are the same however it is cut", () => {
    const value = fc.array(
      fc.record({ a: fc.string(), b: fc.array(fc.oneof(fc.string(), fc.integer())), c: fc.object() }),
    );
    const property = fc.property(value, fc.integer({ min: 1, max: 20 }), (array, step) => {
      const json = JSON.stringify(array);
      const elements = new ArrayElements();
      const found: string[] = [];
      for (let at = 0; at < json.length; at += step) {
        expect(elements.complete).toBe(false);
        found.push(...elements.take(json.slice(at, at + step)));
      }
      expect(elements.complete).toBe(true);
      expect(found.map((one) => JSON.parse(one))).toEqual(JSON.parse(json));
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("come as soon as they are whole", () => {
    const elements = new ArrayElements();
    expect(elements.take('[{"a":"]}\\""')).toEqual([]);
    expect(elements.take('},{"b":[1')).toEqual(['{"a":"]}\\""}']);
    expect(elements.take("]}\n")).toEqual(['{"b":[1]}']);
    expect(elements.complete).toBe(false);
    expect(elements.take("]")).toEqual([]);
    expect(elements.complete).toBe(true);
  });
});

describe("a scan", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  async function answering(status: number, text: string, queries: unknown[] = []): Promise<string> {
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (piece) => {
        body += piece;
      });
      request.on("end", () => {
        queries.push(JSON.parse(body));
        response.writeHead(status).end(text);
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  async function rowsOf(url: string) {
    const scan = { datasource: "d", interval: "a/b", columns: ["x"], texts: { t: "cast(x)" }, batchRows: 5 };
    const rows = [];
    for await (const piece of scanRows({ url }, scan)) rows.push(...piece);
    return rows;
  }

  test("gives all rows, in pieces that Druid makes no larger than asked", async () => {
    const queries: unknown[] = [];
    const url = await answering(200, '[{"events":[[1],[2]]},{"events":[]},{"events":[["한"]]}]', queries);
    expect(await rowsOf(url)).toEqual([[1], [2], ["한"]]);
    expect(queries).toMatchObject([
      { queryType: "scan", batchSize: 5, columns: ["x", "t"], resultFormat: "compactedList" },
    ]);
  });
  test("of a datasource that does not exist has none", async () => {
    expect(await rowsOf(await answering(200, "[]"))).toEqual([]);
  });
  test("that ends before its end is an error", async () => {
    await expect(rowsOf(await answering(200, '[{"events":[[1]]}'))).rejects.toThrow(
      "scan of d: the answer ends before",
    );
  });
  test("that is refused is an error", async () => {
    const url = await answering(500, '{"errorMessage":"too much"}');
    await expect(rowsOf(url)).rejects.toThrow("Druid, scan of d: 500 too much");
  });
});
