import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";

interface Spec {
  readonly type?: string;
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
  /** Why a submission is answered with 400, and changes nothing. */
  refuses?: string;
  /** Submissions answered with 503, and not applied. */
  turnsAway?: number;
  /** Calls of the sampler answered with 503. */
  samplerAway?: number;
  /** How long Druid is busy with the first submission, which it then applies. */
  busyMs?: number;
  /** Detailed states that `/status` goes through after each submission; the last one stays. */
  states?: string[];
}

/** Druid's supervisor API as 33.0.0 behaves, over HTTP. */
export class ModelDruid {
  /** Specs that run. */
  readonly running = new Map<string, Spec>();
  /** Method and path of every call that changes something, with the data source's hour of a task. */
  readonly log: string[] = [];
  /** How often `/status` was asked: once it was, a trial is under way. */
  statusCalls = 0;
  private readonly history: { readonly spec: Spec; readonly version: string }[] = [];
  private states: string[] = [];
  private readonly server: Server;

  private constructor(readonly course: Course) {
    this.server = createServer(async (request, response) => {
      const text = await textOf(request);
      const { busyMs = 0 } = this.course;
      if (isSubmission(request) && busyMs > 0) {
        this.course.busyMs = 0;
        this.log.push("busy");
        await setTimeout(busyMs);
      }
      const { status, body } = this.answer(request, text);
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
  run(spec: Spec, states = ["RUNNING"], secondsAgo = 86_400): void {
    this.begin(spec, Date.now() - secondsAgo * 1000);
    this.states = [...states];
  }

  /** Ends the supervisor as if it had not started just now. */
  end(id: string): void {
    this.running.delete(id);
    this.remember({ type: "noop", spec: { dataSchema: { dataSource: id } } }, Date.now());
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
    const [, id, part] = /^\/druid\/indexer\/v1\/supervisor(?:\/([^/]+)(?:\/(status|history))?)?$/.exec(url) ?? [];
    if (method === "POST" && url === "/druid/indexer/v1/sampler") {
      this.log.push("sample");
      if ((this.course.samplerAway ?? 0) > 0) {
        this.course.samplerAway = (this.course.samplerAway ?? 0) - 1;
        return { status: 503, body: "" };
      }
      const { status = 200, body } = this.course.sample ?? { body: { numRowsRead: 0, data: [] } };
      return { status, body };
    }
    if (isSubmission({ method, url })) return this.submit(JSON.parse(text) as Spec);
    if (id === undefined) return { status: 200, body: [...this.running.keys()] };
    if (part === "history") {
      const known = this.history.length > 0;
      return known ? { status: 200, body: this.history } : { status: 404, body: { error: `No history for [${id}]` } };
    }
    const spec = this.running.get(id);
    if (!spec) return { status: 404, body: { error: `[${id}] does not exist` } };
    return { status: 200, body: part === "status" ? this.status(id, spec) : spec };
  }

  private submit(spec: Spec): { status: number; body: unknown } {
    const id = spec.spec.dataSchema.dataSource;
    this.log.push(`submit ${JSON.stringify((spec.spec.ioConfig as { taskDuration: string }).taskDuration)}`);
    if (this.course.refuses) return { status: 400, body: { error: this.course.refuses } };
    if ((this.course.turnsAway ?? 0) > 0) {
      this.course.turnsAway = (this.course.turnsAway ?? 0) - 1;
      return { status: 503, body: "" };
    }
    this.begin(spec, Date.now());
    if (this.course.failsToStart?.(spec)) {
      this.end(id);
      return { status: 500, body: { error: "cannot start" } };
    }
    this.states = [...(this.course.states ?? ["CONNECTING_TO_STREAM", "CREATING_TASKS", "RUNNING"])];
    return { status: this.course.losesAnswer ? 0 : 200, body: { id } };
  }

  private begin(spec: Spec, at: number): void {
    const read = filledIn(spec);
    this.running.set(read.spec.dataSchema.dataSource, read);
    this.remember(read, at);
  }

  private remember(spec: Spec, at: number): void {
    this.history.unshift({ spec, version: new Date(at).toISOString() });
  }

  private status(id: string, { suspended = false }: Spec) {
    this.statusCalls += 1;
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

function isSubmission({ method, url }: Pick<IncomingMessage, "method" | "url">): boolean {
  return method === "POST" && url === "/druid/indexer/v1/supervisor";
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
