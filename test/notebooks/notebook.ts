import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Directory of the notebooks. */
export const NOTEBOOKS = join(__dirname, "../../notebooks");

const common = { id: z.string().regex(/^[a-zA-Z0-9-_]{1,64}$/) };
const source = z.array(z.string());
const markdown = z.strictObject({
  ...common,
  cell_type: z.literal("markdown"),
  metadata: z.strictObject({}),
  source,
});
const code = z.strictObject({
  ...common,
  cell_type: z.literal("code"),
  metadata: z.strictObject({ tags: z.array(z.string()).optional() }),
  source,
  /** Nothing that was shown is stored: it would be somebody's data, and every run a difference. */
  outputs: z.tuple([]),
  execution_count: z.null(),
});

/** A notebook as it is to be stored: nbformat 4.5, as Jupyter writes it, without what a run leaves behind. */
export const notebookSchema = z.strictObject({
  cells: z.array(z.discriminatedUnion("cell_type", [markdown, code])),
  metadata: z.strictObject({
    kernelspec: z.strictObject({ display_name: z.string(), language: z.literal("python"), name: z.literal("python3") }),
    language_info: z.strictObject({ name: z.literal("python") }),
  }),
  nbformat: z.literal(4),
  nbformat_minor: z.literal(5),
});

/** A cell with its text in one piece. */
export interface Cell {
  readonly id: string;
  readonly kind: "markdown" | "code";
  readonly tags: readonly string[];
  readonly text: string;
}

/** Value of a parameter. */
export type Value = string | number | boolean;

/** File names without their endings, in order. */
export function notebookNames(): string[] {
  return readdirSync(NOTEBOOKS)
    .filter((file) => file.endsWith(".ipynb"))
    .map((file) => file.slice(0, -".ipynb".length))
    .sort();
}

/** The file's text. */
export function textOf(name: string): string {
  return readFileSync(join(NOTEBOOKS, `${name}.ipynb`), "utf8");
}

/** Cells of a notebook's text. @throws when it is not stored as it should be */
export function cellsOf(text: string): Cell[] {
  return notebookSchema.parse(JSON.parse(text)).cells.map((cell) => ({
    id: cell.id,
    kind: cell.cell_type,
    tags: cell.cell_type === "code" ? (cell.metadata.tags ?? []) : [],
    text: cell.source.join(""),
  }));
}

/** All code, from top to bottom. */
export function codeOf(cells: readonly Cell[]): string {
  return cells
    .filter(({ kind }) => kind === "code")
    .map(({ text }) => `${text}\n`)
    .join("");
}

/** Names and values of the cell that papermill writes its own behind. @throws when a line is no plain assignment */
export function parametersOf(cells: readonly Cell[]): Record<string, Value> {
  const tagged = cells.filter(({ tags }) => tags.includes("parameters"));
  if (tagged.length !== 1) throw new Error(`${tagged.length} cells are tagged "parameters"`);
  return Object.fromEntries((tagged[0]?.text ?? "").split("\n").map(parameter));
}

function parameter(line: string): [string, Value] {
  const [, name, value] = /^([a-z][a-z0-9_]*) = ("[^"\\]*"|-?\d+|True|False)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`not a plain parameter: ${line}`);
  if (value === "True" || value === "False") return [name, value === "True"];
  return [name, value.startsWith('"') ? value.slice(1, -1) : Number(value)];
}

/** Which of the rules for code that ends by itself and leaves nothing behind are broken. */
export function lapses(code: string): string[] {
  const found: string[] = [];
  const count = (pattern: RegExp) => code.match(pattern)?.length ?? 0;
  if (/^\s*[!%]/m.test(code)) found.push("a shell command or a magic");
  if (count(/\.awaitTermination\(\)/g) > 0) found.push("waits without an end");
  if (count(/\.start\(\)/g) > 1) found.push("starts a query outside of started()");
  const queries = count(/\.writeStream\b/g);
  if (count(/"checkpointLocation", checkpointLocation/g) !== queries) found.push("a query without a checkpoint");
  if (count(/^with checkpoint\(checkpointLocation\)/gm) !== queries) found.push("a checkpoint that stays");
  if (count(/\.subscribe|"subscribe"/g) !== count(/"kafka\.isolation\.level", "read_committed"/g))
    found.push("reads what is not committed");
  if (count(/spark\.stop\(\)/g) !== 1) found.push("leaves Spark running");
  return found;
}
