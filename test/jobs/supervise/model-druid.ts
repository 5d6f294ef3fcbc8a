import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

interface Spec {
  readonly spec: { readonly dataSchema: { readonly dataSource: string } } & Record<string, unknown>;
  readonly suspended?: boolean;
  readonly context?: unknown;
}

/** What the model does next, where Druid would find out by itself. */
export interface Course {
  /** Calls answered with 503 before an Overlord leads. */
  notReady?: number;
  /** The sampler's answer. */
  sample?: { status?: number; body: unknown };
  /** A spec that reads well and yet does not start: the one that ran is gone by then. */
  failsToStart?: (spec: Spec) => boolean;
  /** A submission is applied, and its answer is lost. */
  losesAnswer?: boolean;
  /** Detailed states that `/status` goes through after each submission; the last one stays. */
  states?: string[];
}

/** Druid's supervisor API as 33.0.0 behaves, over HTTP. */
export class ModelDruid {
  /** Specs that run. */
  readonly running = new Map<string, Spec>();
  /** Method and path of every call that changes something, with the data source's hour of a task. */
  readonly log: string[] = [];
  private states: string[] = [];
  private readonly server: Server;

  private constructor(readonly course: Course) {
    this.server = createServer(async (request, response) => {
      const { status, body } = this.answer(request, await textOf(request));
      if (status === 0) {
        request.socket.destroy();
        return;
      }
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  }

  static async start(course: Course = {}): Promise<ModelDruid> {
    const model = new ModelDruid(course);
    await new Promise<void>((resolve) => model.server.listen(0, "127.0.0.1", resolve));
    return model;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Runs a spec as if it had been submitted earlier. */
  run(spec: Spec): void {
    this.running.set(spec.spec.dataSchema.dataSource, filledIn(spec));
    this.states = ["RUNNING"];
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private answer({ method, url = "" }: IncomingMessage, text: string): { status: number; body: unknown } {
    if ((this.course.notReady ?? 0) > 0) {
      this.course.notReady = (this.course.notReady ?? 0) - 1;
      return { status: 503, body: { error: "no Overlord leads" } };
    }
    const [, id, part] = /^\/druid\/indexer\/v1\/supervisor(?:\/([^/]+)(?:\/(status))?)?$/.exec(url) ?? [];
    if (method === "POST" && url === "/druid/indexer/v1/sampler") {
      this.log.push("sample");
      const { status = 200, body } = this.course.sample ?? { body: { numRowsRead: 0, data: [] } };
      return { status, body };
    }
    if (method === "POST" && url === "/druid/indexer/v1/supervisor") return this.submit(JSON.parse(text) as Spec);
    if (id === undefined) return { status: 200, body: [...this.running.keys()] };
    const spec = this.running.get(id);
    if (!spec) return { status: 404, body: { error: `[${id}] does not exist` } };
    return { status: 200, body: part === "status" ? this.status(id, spec) : spec };
  }

  private submit(spec: Spec): { status: number; body: unknown } {
    const id = spec.spec.dataSchema.dataSource;
    this.log.push(`submit ${JSON.stringify((spec.spec.ioConfig as { taskDuration: string }).taskDuration)}`);
    this.running.delete(id);
    if (this.course.failsToStart?.(spec)) return { status: 500, body: { error: "cannot start" } };
    this.running.set(id, filledIn(spec));
    this.states = [...(this.course.states ?? ["CONNECTING_TO_STREAM", "CREATING_TASKS", "RUNNING"])];
    return { status: this.course.losesAnswer ? 0 : 200, body: { id } };
  }

  private status(id: string, { suspended = false }: Spec) {
    const [detailedState = "RUNNING"] = this.states.length > 1 ? this.states.splice(0, 1) : this.states;
    const healthy = !/UNHEALTHY|UNABLE|LOST/.test(detailedState);
    const state = suspended ? "SUSPENDED" : healthy ? "RUNNING" : "UNHEALTHY_SUPERVISOR";
    const recentErrors = healthy ? [] : [{ message: "first" }, { message: "no such column" }];
    const activeTasks = detailedState === "RUNNING" && !suspended ? [{ id: "index_kafka_1" }] : [];
    return { id, payload: { state, detailedState, healthy, suspended, recentErrors, activeTasks } };
  }
}

/** A spec as Druid gives it back: with its defaults, and its own way of writing periods and granularities. */
function filledIn(spec: Spec): Spec {
  const written = JSON.stringify(spec)
    .replaceAll('"PT1H"', '"PT3600S"')
    .replaceAll('"queryGranularity":"NONE"', '"queryGranularity":{"type":"none"}')
    .replaceAll('"type":"long"', '"type":"long","createBitmapIndex":false');
  const read = JSON.parse(written) as Spec;
  return {
    ...read,
    spec: { ...read.spec, ioConfig: { ...(read.spec.ioConfig as object), pollTimeout: 100, stream: "events_stages" } },
    context: read.context ?? null,
    suspended: read.suspended ?? false,
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
