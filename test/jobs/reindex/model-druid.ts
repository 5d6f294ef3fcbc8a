import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TaskCounts } from "../../../jobs/reindex/progress";

/** A task as the model knows it. */
export interface ModelTask {
  readonly id: string;
  readonly datasource: string;
  readonly sql: string;
  readonly createdTime: string;
  readonly workers?: number;
  status: "RUNNING" | "SUCCESS" | "FAILED";
}

/** What becomes of a task that is asked for, by its datasource. */
export type Outcome = { readonly counts: TaskCounts } | { readonly error: string } | "never ends";

/** Druid's Router and an HDFS NameNode with its DataNode, as far as the job calls them; a real HTTP server. */
export class ModelDruid {
  /** Tasks in the order in which they were submitted. */
  readonly tasks: ModelTask[] = [];
  /** `METHOD path` of the calls that change something. */
  readonly changes: string[] = [];
  /** Files of HDFS by path. */
  readonly files = new Map<string, string>();
  /** Rows of the findings. */
  findings: { finding: string; file: string; line: string | null; lines: number }[] = [];
  /** What queries count in the datasource of events. */
  queryable = 0;
  /** Segments as sys.segments sums them up. */
  segments = { older: 0, missing: 0 };
  readonly outcomes = new Map<string, Outcome>();
  /** What becomes of one task, where that is not what becomes of its datasource's. */
  outcomeOf: (task: ModelTask) => Outcome | undefined = () => undefined;
  /** Called when a task was taken. */
  onTask: (task: ModelTask) => void = () => {};
  /** Called when a task has succeeded. */
  onSuccess: (task: ModelTask) => void = () => {};
  /** Ids of tasks that Druid knows, but does not list any more. */
  readonly unlisted = new Set<string>();
  /** So many calls are answered with 503. */
  failing = 0;
  /** How long a task runs. */
  taskMs = 0;
  url = "";
  private readonly server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      try {
        this.answer(request.method ?? "", request.url ?? "", Buffer.concat(pieces).toString(), response);
      } catch (error) {
        response.writeHead(500).end(String(error));
      }
    });
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** A task as another run may have left it behind. */
  addTask(id: string, datasource: string, status: ModelTask["status"]): ModelTask {
    const task = { id, datasource, sql: "", createdTime: new Date(this.tasks.length * 1000).toISOString(), status };
    this.tasks.push(task);
    return task;
  }

  private answer(method: string, url: string, body: string, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(url, "http://model");
    const json = (value: unknown, status = 200) => response.writeHead(status).end(JSON.stringify(value));
    if (pathname.startsWith("/webhdfs/v1")) {
      this.hdfs(method, decodeURIComponent(pathname).slice("/webhdfs/v1".length), searchParams, response);
      return;
    }
    if (pathname.startsWith("/data")) {
      this.files.set(decodeURIComponent(pathname).slice("/data".length), body);
      response.writeHead(201).end();
      return;
    }
    if (this.failing > 0) {
      this.failing -= 1;
      response.writeHead(503).end();
      return;
    }
    if (pathname === "/druid/v2/sql/task") json([{ PLAN: JSON.stringify([planOf(JSON.parse(body).query)]) }]);
    else if (pathname === "/druid/v2/sql") json(this.sql(JSON.parse(body).query));
    else if (pathname === "/druid/v2") this.scan(response);
    else if (pathname === "/druid/indexer/v1/task") this.take(JSON.parse(body), json);
    else if (pathname === "/druid/indexer/v1/tasks") json(this.listed(searchParams.get("type")));
    else this.task(method, pathname, json);
  }

  private take(task: SubmittedTask, json: Json): void {
    if (this.tasks.some(({ id }) => id === task.id)) {
      json(
        { error: "druidException", errorCode: "entryAlreadyExists", errorMessage: `Task[${task.id}] already exists` },
        400,
      );
      return;
    }
    const datasource = task.spec.destination.dataSource;
    this.changes.push(`run ${task.id}`);
    const taken = this.addTask(task.id, datasource, "RUNNING");
    Object.assign(taken, { sql: task.sqlQuery, workers: task.spec.tuningConfig.maxNumWorkers });
    const outcome = this.becomes(taken) ?? { counts: { lines: 0, kept: 0, rows: 0 } };
    if (outcome !== "never ends") {
      const end = () => {
        if (taken.status !== "RUNNING") return;
        taken.status = "counts" in outcome ? "SUCCESS" : "FAILED";
        if (taken.status === "SUCCESS") this.onSuccess(taken);
      };
      if (this.taskMs > 0) setTimeout(end, this.taskMs);
      else end();
    }
    this.onTask(taken);
    json({ task: task.id });
  }

  private becomes(task: ModelTask): Outcome | undefined {
    return this.outcomeOf(task) ?? this.outcomes.get(task.datasource);
  }

  /** With the tasks of the workers, whose ids begin like those of their controllers, and one that is no reindex's. */
  private listed(type: string | null): object[] {
    const createdTime = new Date(0).toISOString();
    return this.tasks
      .filter(({ id }) => !this.unlisted.has(id))
      .flatMap(({ id, createdTime, status }) => [
        { type: "query_controller", id, createdTime, statusCode: status },
        { type: "query_worker", id: `${id}-worker0_0`, createdTime, statusCode: status },
      ])
      .concat({ type: "query_controller", id: "query-0123", createdTime, statusCode: "RUNNING" })
      .filter((task) => type === null || task.type === type);
  }

  private task(method: string, pathname: string, json: Json): void {
    const [, id = "", action = ""] = /^\/druid\/indexer\/v1\/task\/([^/]+)\/(\w+)$/.exec(pathname) ?? [];
    const task = this.tasks.find((one) => one.id === decodeURIComponent(id));
    if (!task) {
      json({ error: `no ${pathname}` }, 404);
      return;
    }
    if (method === "POST" && action === "shutdown") {
      this.changes.push(`stop ${task.id}`);
      if (task.status === "RUNNING") task.status = "FAILED";
      json({ task: task.id });
    } else if (action === "status") {
      json({ task: task.id, status: { id: task.id, status: task.status } });
    } else {
      json(reportOf(this.becomes(task)));
    }
  }

  private sql(query: string): object[] {
    if (query.includes("INFORMATION_SCHEMA")) return [{ n: 1 }];
    if (query.includes("sys.segments")) return [this.segments];
    if (query.includes("COUNT(*)")) return [{ n: query.includes("lines") ? this.findings.length : this.queryable }];
    const sums = new Map<string, number>();
    for (const { finding, lines } of this.findings) sums.set(finding, (sums.get(finding) ?? 0) + lines);
    return [...sums].map(([finding, lines]) => ({ finding, lines }));
  }

  private scan(response: ServerResponse): void {
    const events = this.findings
      .filter(({ line }) => line !== null)
      .map(({ file, finding, line, lines }) => [file, finding, line, line?.length, lines]);
    response.end(JSON.stringify([{ segmentId: "one", columns: [], events }]));
  }

  private hdfs(method: string, path: string, parameters: URLSearchParams, response: ServerResponse): void {
    const op = parameters.get("op");
    if (method !== "GET")
      this.changes.push(`${op} ${path.replace(/-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, "-*")}`);
    if (op === "LISTSTATUS") {
      const inside = [...this.files].filter(([file]) => file.startsWith(`${path}/`));
      if (inside.length === 0) {
        response.writeHead(404).end(JSON.stringify({ RemoteException: { exception: "FileNotFoundException" } }));
        return;
      }
      const found = inside.map(([file, text]) => ({
        pathSuffix: file.slice(path.length + 1),
        type: "FILE",
        length: text.length,
        modificationTime: 1,
      }));
      response.end(JSON.stringify({ FileStatuses: { FileStatus: found } }));
    } else if (op === "CREATE") {
      response.writeHead(307, { location: `${this.url}/data${path}` }).end();
    } else if (op === "RENAME") {
      this.files.set(parameters.get("destination") ?? "", this.files.get(path) ?? "");
      this.files.delete(path);
      response.end();
    } else {
      response.end(JSON.stringify({ boolean: this.files.delete(path) }));
    }
  }
}

interface SubmittedTask {
  readonly id: string;
  readonly sqlQuery: string;
  readonly spec: {
    readonly destination: { readonly dataSource: string };
    readonly tuningConfig: { readonly maxNumWorkers: number };
  };
}

type Json = (value: unknown, status?: number) => void;

function planOf(query: string): object {
  const columns = [...query.matchAll(/ AS "([^"]+)"/g)].map(([, name]) => name ?? "");
  const last = query.includes("MOD(")
    ? ["__time", "user_id", "user_name", "dept_name", "gender", "age", "hello", "id"]
    : columns.slice(-2);
  return {
    query: { queryType: "scan", context: {} },
    columnMappings: last.map((outputColumn) => ({ queryColumn: "x", outputColumn })),
  };
}

function reportOf(outcome: Outcome | undefined): object {
  if (outcome === undefined || outcome === "never ends")
    return { multiStageQuery: { payload: { stages: [], counters: {} } } };
  if ("error" in outcome) {
    const error = { errorCode: "UnknownError", errorMessage: outcome.error };
    return { multiStageQuery: { payload: { status: { status: "FAILED", errorReport: { error } } } } };
  }
  const { lines, kept, rows } = outcome.counts;
  const stages = [
    { stageNumber: 0, definition: { input: [{ type: "external" }] } },
    { stageNumber: 1, definition: { input: [{ type: "stage" }] } },
  ];
  const counters = {
    "0": {
      "0": { input0: { type: "channel", rows: [lines - 1] }, output: { type: "channel", rows: [kept] } },
      "1": { input0: { type: "channel", rows: [1] } },
    },
    "1": {
      "0": {
        input0: { type: "channel", rows: [kept] },
        segmentGenerationProgress: { type: "segmentGenerationProgress", rowsPushed: rows },
      },
    },
  };
  return { multiStageQuery: { payload: { status: { status: "SUCCESS" }, stages, counters } } };
}
