import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { connectWebHdfs, HdfsError } from "../../../jobs/core/webhdfs";

type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A server that notes `METHOD /path?query body` of every request. */
async function serve(handler: Handler, seen: string[] = []): Promise<string> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const body = Buffer.concat(pieces);
      seen.push(`${request.method} ${request.url} ${body}`.trim());
      handler(request, response, body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (response: ServerResponse, value: object, status = 200) =>
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
const failed = (response: ServerResponse, exception: string, status = 403) =>
  json(response, { RemoteException: { exception, javaClassName: `x.${exception}`, message: "why\nstack" } }, status);
const connect = (...urls: string[]) => connectWebHdfs({ urls, user: "lab", patienceMs: 0 });

describe("writing", () => {
  test.each([
    ["a text", "text"],
    [
      "pieces",
      (async function* () {
        yield Buffer.from("te");
        yield Buffer.from("xt");
      })(),
    ],
  ])("%s: the NameNode names a DataNode, which alone gets the body", async (_, body) => {
    const seen: string[] = [];
    const atData: string[] = [];
    const data = await serve((_request, response) => {
      response.writeContinue(); // as DataNodes do, unasked
      response.writeHead(201).end();
    }, atData);
    const name = await serve((_request, response) => {
      response.writeHead(307, { location: `${data}/write?token=1` }).end();
    }, seen);
    await connect(name).create("/lambda/a b.json", body);
    expect(seen).toEqual(["PUT /webhdfs/v1/lambda/a%20b.json?op=CREATE&user.name=lab&overwrite=true"]);
    expect(atData).toEqual(["PUT /write?token=1 text"]);
  });

  test("a DataNode's refusal is the error, also when it does not wait for the body", async () => {
    const impatient = createServer((request, response) => {
      request.once("data", () => failed(response, "IOException", 500).once("finish", () => request.destroy()));
    });
    servers.push(impatient);
    await new Promise<void>((resolve) => impatient.listen(0, "127.0.0.1", resolve));
    const data = `http://127.0.0.1:${(impatient.address() as AddressInfo).port}`;
    const name = await serve((_request, response) => response.writeHead(307, { location: data }).end());
    await expect(connect(name).append("/a", Buffer.alloc(1_000_000))).rejects.toThrow(
      "HDFS, APPEND /a: 500 IOException why",
    );
  });

  test("a move replaces what is there", async () => {
    const seen: string[] = [];
    const name = await serve((_request, response) => response.writeHead(200).end(), seen);
    await connect(name).rename("/a", "/b");
    expect(seen).toEqual(["PUT /webhdfs/v1/a?op=RENAME&user.name=lab&destination=%2Fb&renameoptions=OVERWRITE"]);
  });
});

describe("two NameNodes", () => {
  test("the standby's word is to ask the other, which is asked first from then on", async () => {
    const standby: string[] = [];
    const active: string[] = [];
    const one = await serve((_request, response) => failed(response, "StandbyException"), standby);
    const other = await serve((_request, response) => json(response, { boolean: true }), active);
    const hdfs = connect(one, other);
    expect(await hdfs.delete("/a")).toBe(true);
    await hdfs.mkdirs("/b");
    expect(standby).toHaveLength(1);
    expect(active).toHaveLength(2);
  });

  test("one that is gone is no matter", async () => {
    const gone = await serve((_request, response) => response.end());
    servers.pop()?.close();
    const other = await serve((_request, response) => json(response, { boolean: false }));
    expect(await connect(gone, other).delete("/a")).toBe(false);
  });

  test("when both stand by for longer than the patience, that is the error", async () => {
    const standby = () => serve((_request, response) => failed(response, "StandbyException"));
    const call = connect(await standby(), await standby()).mkdirs("/a");
    await expect(call).rejects.toThrow("HDFS, MKDIRS /a: 403 StandbyException why");
  });

  test("any other refusal is not asked again elsewhere", async () => {
    const asked: string[] = [];
    const one = await serve((_request, response) => failed(response, "AccessControlException"), asked);
    const other = await serve((_request, response) => json(response, {}), asked);
    await expect(connect(one, other).mkdirs("/a")).rejects.toBeInstanceOf(HdfsError);
    expect(asked).toHaveLength(1);
  });
});

describe("safe mode", () => {
  test("is waited for", async () => {
    let asked = 0;
    const name = await serve((_request, response) => {
      asked += 1;
      if (asked < 3) failed(response, asked === 1 ? "RetriableException" : "SafeModeException");
      else json(response, { boolean: true });
    });
    await connectWebHdfs({ urls: [name], user: "lab", patienceMs: 10_000 }).mkdirs("/a");
    expect(asked).toBe(3);
  });
});

describe("looking", () => {
  const status = (pathSuffix: string, type: string, length: number) => ({
    pathSuffix,
    type,
    length,
    modificationTime: 5,
  });

  test("a directory's entries", async () => {
    const entries = [status("one.json", "FILE", 3), status("dt=1", "DIRECTORY", 0)];
    const name = await serve((_request, response) => json(response, { FileStatuses: { FileStatus: entries } }));
    expect(await connect(name).list("/lambda")).toEqual([
      { path: "/lambda/one.json", name: "one.json", directory: false, length: 3, modifiedMs: 5 },
      { path: "/lambda/dt=1", name: "dt=1", directory: true, length: 0, modifiedMs: 5 },
    ]);
  });

  test("what is not there is undefined; another failure is one", async () => {
    const none = await serve((_request, response) => failed(response, "FileNotFoundException", 404));
    expect(await connect(none).list("/a")).toBeUndefined();
    expect(await connect(none).status("/a")).toBeUndefined();
    expect(await connect(none).contentSummary("/a")).toBeUndefined();
    const broken = await serve((_request, response) => response.writeHead(500).end("oh\nno"));
    await expect(connect(broken).list("/a")).rejects.toThrow("HDFS, LISTSTATUS /a: 500 oh");
  });

  test("the sum of a directory", async () => {
    const found = { length: 10, fileCount: 2, directoryCount: 1, quota: -1 };
    const name = await serve((_request, response) => json(response, { ContentSummary: found }));
    expect(await connect(name).contentSummary("/a")).toEqual({ length: 10, files: 2, directories: 1 });
  });
});

describe("reading", () => {
  async function all(pieces: AsyncIterable<Buffer>): Promise<string> {
    const read: Buffer[] = [];
    for await (const piece of pieces) read.push(piece);
    return Buffer.concat(read).toString();
  }

  test("a read that breaks goes on where it broke", async () => {
    const offsets: string[] = [];
    const data = await serve((request, response) => {
      const offset = Number(request.url?.slice(1));
      response.writeHead(200, { "content-length": String(6 - offset) });
      if (offset > 0) response.end("abcdef".slice(offset));
      else response.write("abc", () => setTimeout(() => response.destroy(), 50));
    });
    const name = await serve((request, response) => {
      const offset = new URL(request.url ?? "", "http://x").searchParams.get("offset") ?? "";
      offsets.push(offset);
      response.writeHead(307, { location: `${data}/${offset}` }).end();
    });
    expect(await all(connect(name).read("/a"))).toBe("abcdef");
    expect(offsets).toEqual(["0", "3"]);
  });

  test("a file that is not there is an error at once", async () => {
    const name = await serve((_request, response) => failed(response, "FileNotFoundException", 404));
    await expect(all(connect(name).read("/a"))).rejects.toThrow("HDFS, OPEN /a: 404 FileNotFoundException why");
  });
});
