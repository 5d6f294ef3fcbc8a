import type { HBase, Row } from "../../jobs/core/hbase";
import { assignments, CARS, carScan, rowKey, valuesOf } from "../car-rows";
import { type Command, EXIT, type Parsed, parse, usageFailure } from "../command";
import { withHBase } from "../hbase-rest";
import { quietProgress } from "../quiet-progress";
import { table } from "../table";
import { connect, planFor, requireCluster, requirePipeline, TARGET_OPTIONS, TARGET_USAGE } from "../target";

const OPTIONS = {
  ...TARGET_OPTIONS,
  start: { type: "string" },
  stop: { type: "string" },
  prefix: { type: "string" },
  row: { type: "string" },
  columns: { type: "string" },
  limit: { type: "string" },
} as const;
type Options = Parsed<typeof OPTIONS>["options"];
const SCAN_ONLY = ["start", "stop", "prefix", "row", "columns", "limit"] as const;
const MOST_WORDS = 20;

export const command: Command = {
  name: "cars",
  usage: `scan [CONDITION…] | get KEY | put KEY COLUMN=VALUE… ${TARGET_USAGE}`,
  summary: "reads and changes the readings of cars in HBase",
  details: [
    "scan takes --start KEY, --stop KEY (not included), --prefix TEXT, --limit N (20 unless said), --row REGEX on the key,",
    "--columns A,B for what is shown, and conditions, all of which a row must meet: speed=81, area_number!=A01,",
    "'speed~^1\\d\\d$' and car_number!~REGEX, where the regular expression is Java's and may match a part.",
    "put changes columns of a row that is there; a key is the second reversed and the car: 00016062402202-O0010.",
  ].join("\n"),
  async run(args) {
    const { words, options } = parse(command, args, OPTIONS, { min: 1, max: MOST_WORDS });
    const work = workOf(words, options);
    const plan = requirePipeline(command, requireCluster(command, planFor(options.stack, options.context)), "smartcar");
    const { kube } = await connect(plan, quietProgress());
    return withHBase(kube, work);
  },
};

type Work = (hbase: HBase) => Promise<number>;

/** What the words ask for. @throws LabFailure (exit code 2) before anything is asked of the cluster */
function workOf([action = "", ...rest]: readonly string[], options: Options): Work {
  try {
    if (action === "scan") {
      const request = carScan({ ...options, conditions: rest });
      return (hbase) => scan(hbase, request);
    }
    const stray = SCAN_ONLY.find((option) => options[option] !== undefined);
    if (stray && (action === "get" || action === "put")) throw new Error(`--${stray} is for scan`);
    const [key = "", ...changes] = rest;
    if (action === "get" && changes.length === 0) return get(rowKey(key));
    if (action === "put" && changes.length > 0) return put(rowKey(key), changes);
  } catch (error) {
    throw usageFailure(command, `lab cars: ${error instanceof Error ? error.message : error}`);
  }
  throw usageFailure(
    command,
    `lab cars: scan, get KEY, or put KEY COLUMN=VALUE…; got "${[action, ...rest].join(" ")}"`,
  );
}

async function scan(hbase: HBase, { scan: wanted, shown }: ReturnType<typeof carScan>): Promise<number> {
  const rows: Row[] = [];
  for await (const row of hbase.scan(CARS.table, wanted)) rows.push(row);
  print(
    table(
      ["key", ...shown],
      rows.map((row) => [row.key, ...valuesOf(row, shown)]),
    ),
  );
  return EXIT.ok;
}

function get(key: string): Work {
  return async (hbase) => {
    const row = await hbase.get(CARS.table, key);
    if (!row) return missing(key);
    const values = valuesOf(row, CARS.columns);
    print(CARS.columns.map((column, index) => `${column.padEnd(12)}  ${values[index] ?? "-"}`).join("\n"));
    return EXIT.ok;
  };
}

function put(key: string, words: readonly string[]): Work {
  const cells = assignments(words);
  return async (hbase) => {
    if (!(await hbase.get(CARS.table, key))) return missing(key);
    await hbase.put(CARS.table, [{ key, cells }]);
    print(`${key}: ${words.join(", ")}`);
    return EXIT.ok;
  };
}

function missing(key: string): number {
  process.stderr.write(`lab: there is no row ${key}\n`);
  return EXIT.failed;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
