import { type Kafka, Partitioners } from "kafkajs";
import { eventually, inNamespace, SMARTCAR } from "./lab";
import { addressOf } from "./service";

/** The objects of stack smartcar. */
export const smartcar = inNamespace(SMARTCAR);

/** The columns of a reading, in the order of a driver log line. */
const COLUMNS = [
  "date",
  "car_number",
  "speed_pedal",
  "break_pedal",
  "steer_angle",
  "direct_light",
  "speed",
  "area_number",
] as const;

/** Seoul's wall time as the driver log writes it. @param epochMs milliseconds since 1970 */
export function logDate(epochMs: number): string {
  return new Date(epochMs + 9 * 3_600_000).toISOString().replace(/\D/g, "").slice(0, 14);
}

/** Milliseconds since 1970 of a driver log's date. */
export function logTime(date: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(date) ?? [];
  return Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h) - 9, Number(mi), Number(s));
}

/** What a Service of the stack answers, through the API server. */
function served(service: string, path: string): Promise<string> {
  return smartcar.kubectl("get", "--raw", `/api/v1/namespaces/${SMARTCAR}/services/${service}/proxy${path}`);
}

/** Lines that the cars wrote, from one second to another, both included. */
export async function driverLog(from: string, to: string): Promise<string[]> {
  const text = await served("cars:8080", `/driver-log?from=${from}&to=${to}`);
  return text.split("\n").filter((line) => line !== "");
}

/** A status file as the cars' ledger has it. */
export interface StatusFile {
  readonly name: string;
  readonly lines: number;
  readonly garbage: number;
}

/** All status files that the cars have written. */
export async function statusFiles(): Promise<StatusFile[]> {
  return JSON.parse(await served("cars:8080", "/status-files")) as StatusFile[];
}

/** All lines that readers of a directory's directories see in HDFS. */
export async function hdfsLines(directory: string): Promise<string[]> {
  const hdfs = (...args: string[]) =>
    smartcar.kubectl("exec", "namenode-0", "--container=namenode", "--", "hdfs", "dfs", ...args);
  const files = (await hdfs("-ls", "-C", "-R", directory)).split("\n");
  const finished = files.filter((path) => /\/wrk_date=\d{8}\/[^._][^/]*$/.test(path));
  if (finished.length === 0) return [];
  return (await hdfs("-cat", ...finished)).split("\n").filter((line) => line !== "");
}

/** A driver log line, with usual values for what a test does not care about. */
export function carLine(reading: { date?: string; car: string; speed?: string; area?: string }): string {
  const { date = "20260302120000", car, speed = "50", area = "A01" } = reading;
  return [date, car, "1", "0", "F", "N", speed, area].join(",");
}

/** Sends records to the topic of readings; a key decides on the partition as Java's clients do. */
export async function sendReadings(
  kafka: Kafka,
  messages: { key: string | null; value: string | Buffer | null; partition?: number }[],
): Promise<void> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    await producer.send({ topic: "SmartCar-Topic", acks: -1, messages });
  } finally {
    await producer.disconnect();
  }
}

/** Address of a Service of the stack, as this machine reaches it. */
export const serviceUrl = (name: string) => addressOf(smartcar, name);

/** Readings of one second in HBase: the line of each row by its key, with the time of its cells. */
export async function storedReadings(date: string): Promise<Map<string, { line: string; times: number[] }>> {
  const text = await served("hbase-rest:8080", `/DriverCarInfo/${[...date].reverse().join("")}-*`).catch((error) => {
    if (String(error).includes("NotFound") || String(error).includes("not find")) return '{"Row":[]}';
    throw error;
  });
  const { Row } = JSON.parse(text) as {
    Row: { key: string; Cell: { column: string; timestamp: number; $: string }[] }[];
  };
  return new Map(
    Row.map(({ key, Cell }) => {
      const cells = new Map(Cell.map(({ column, $ }) => [plain(column), plain($)]));
      if (cells.size !== COLUMNS.length) throw new Error(`${plain(key)} has ${[...cells.keys()].join()}`);
      const line = COLUMNS.map((column) => cells.get(`cf1:${column}`)).join(",");
      return [plain(key), { line, times: [...new Set(Cell.map(({ timestamp }) => timestamp))] }];
    }),
  );
}

function plain(base64: string): string {
  return Buffer.from(base64, "base64").toString();
}

/** Row key of a line. */
export function rowKey(line: string): string {
  const [date = "", car] = line.split(",");
  return `${[...date].reverse().join("")}-${car}`;
}

const WINDOW_MS = 30_000;

/**
 * Members that the rule of the sources gives for lines, by day: readings at which the average of the car's last 30 seconds is
 * above `limit` km/h. Lines must reach back a window before the first that matters.
 */
export function speedingMembers(lines: readonly string[], limit = 80): Map<string, Set<string>> {
  const cars = new Map<string, Map<string, number>>();
  for (const line of lines) {
    const [date = "", car = "", , , , , speed] = line.split(",");
    cars.set(car, (cars.get(car) ?? new Map()).set(date, Number(speed)));
  }
  const days = new Map<string, Set<string>>();
  for (const [car, readings] of cars) {
    const sorted = [...readings].map(([date, speed]) => ({ date, speed, at: logTime(date) }));
    sorted.sort((a, b) => a.at - b.at);
    for (const reading of sorted) {
      const window = sorted.filter(({ at }) => at > reading.at - WINDOW_MS && at <= reading.at);
      if (window.reduce((sum, { speed }) => sum + speed, 0) <= limit * window.length) continue;
      const day = reading.date.slice(0, 8);
      days.set(day, (days.get(day) ?? new Set()).add(`${car}-${reading.date}`));
    }
  }
  return days;
}

/** Members of a day's set in Redis, as `redis-cli SMEMBERS` in its pod has them. */
export async function redisMembers(day: string): Promise<Set<string>> {
  return new Set((await redis("SMEMBERS", day)).split("\n").filter((member) => member !== ""));
}

/** `redis-cli …` in Redis's pod. */
export async function redis(...command: string[]): Promise<string> {
  const script = 'REDISCLI_AUTH=$(cat /etc/secrets/redis/password) exec redis-cli --raw "$@"';
  return smartcar.kubectl("exec", "redis-0", "--container=redis", "--", "sh", "-c", script, "sh", ...command);
}

/** Waits until all that was written up to a moment is in HBase; resolves with how long after that moment it was, in seconds. */
export async function caughtUp(atMs: number, seconds: number): Promise<number> {
  const date = logDate(atMs);
  await eventually(`readings of ${date} in HBase`, seconds, async () => {
    const wanted = (await driverLog(date, date)).length;
    const found = (await storedReadings(date)).size;
    if (found < wanted) throw new Error(`${found} of ${wanted}`);
    return wanted > 0;
  });
  return Math.round((Date.now() - atMs) / 1000);
}

/** Seoul's wall time as people type it. */
export function wallTime(ms: number): string {
  return logDate(ms).replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, "$1-$2-$3 $4:$5:$6");
}

/** Kills the JVMs of topologies' workers inside a Supervisor's pod; resolves with how many. */
export async function killWorkers(pod: string): Promise<number> {
  const script = [
    "for process in /proc/[0-9]*; do",
    '  tr "\\0" "\\n" < $process/cmdline 2> /dev/null | grep -qx org.apache.storm.daemon.worker.Worker || continue',
    "  kill -9 $(basename $process) && echo killed",
    "done",
  ].join("\n");
  const said = await smartcar.kubectl("exec", pod, "--container=supervisor", "--", "sh", "-c", script);
  return said.split("\n").filter((line) => line === "killed").length;
}
