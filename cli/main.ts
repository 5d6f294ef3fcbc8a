import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { LabFailure } from "../cluster/core/failure";
import { cachePath } from "../cluster/core/paths";
import { type Command, EXIT } from "./command";
import { handleInterrupts, interrupted } from "./interrupt";

/** Every command, in the order in which `lab help` shows them. Lazy: `lab status` need not load what `lab up` needs. */
const COMMANDS: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  up: () => import("./commands/up"),
  build: () => import("./commands/build"),
  status: () => import("./commands/status"),
  verify: () => import("./commands/verify"),
  plan: () => import("./commands/plan"),
  logs: () => import("./commands/logs"),
  shell: () => import("./commands/shell"),
  open: () => import("./commands/open"),
  endpoints: () => import("./commands/endpoints"),
  credentials: () => import("./commands/credentials"),
  recover: () => import("./commands/recover"),
  cutover: () => import("./commands/cutover"),
  reindex: () => import("./commands/reindex"),
  demo: () => import("./commands/demo"),
  cars: () => import("./commands/cars"),
  "over-speed": () => import("./commands/over-speed"),
  destroy: () => import("./commands/destroy"),
  down: () => import("./commands/down"),
  kubeconfig: () => import("./commands/kubeconfig"),
  env: () => import("./commands/env"),
  test: () => import("./commands/test"),
  doctor: () => import("./commands/doctor"),
};

/** Loads one command's module. @throws when there is no such command */
export async function loadCommand(name: string): Promise<Command> {
  const load = COMMANDS[name];
  if (!load) throw new Error(`no command ${name}`);
  return (await load()).command;
}

async function help(out: NodeJS.WriteStream): Promise<void> {
  const commands = await Promise.all(Object.keys(COMMANDS).map(loadCommand));
  const heads = commands.map((c) => (c.usage ? `${c.name} ${c.usage}` : c.name));
  const width = Math.min(46, Math.max(...heads.map((h) => h.length)));
  const rows = commands.map((c, i) => {
    const head = heads[i] ?? c.name;
    return head.length > width
      ? `  ${head}\n  ${" ".repeat(width)}  ${c.summary}`
      : `  ${head.padEnd(width)}  ${c.summary}`;
  });
  out.write(
    [
      "lab: a whole big-data platform as one Pulumi program, and a Kubernetes to run it on where there is none",
      "",
      "usage: lab COMMAND [options]",
      "",
      ...rows,
      "",
      "lab help COMMAND says more about one command. LAB_CACHE moves everything lab keeps outside the checkout.",
      "",
    ].join("\n"),
  );
}

async function commandHelp(name: string): Promise<void> {
  const { usage, summary, details } = await loadCommand(name);
  process.stdout.write(
    `usage: lab ${name}${usage ? ` ${usage}` : ""}\n\n${summary}\n${details ? `\n${details}\n` : ""}`,
  );
}

function isKnown(name: string): boolean {
  return Object.hasOwn(COMMANDS, name);
}

/** Runs one command line; resolves with the exit code. */
export async function main(argv: string[]): Promise<number> {
  const [word, ...args] = argv;
  const name = word === "--help" || word === "-h" ? "help" : word;
  if (name === undefined) {
    await help(process.stderr);
    return EXIT.usage;
  }
  const topic = name === "help" ? args[0] : name;
  if (name === "help" && topic === undefined) {
    await help(process.stdout);
    return EXIT.ok;
  }
  if (topic === undefined || !isKnown(topic)) {
    throw new LabFailure(`unknown command "${topic}"`, { fix: "lab help lists the commands", exitCode: EXIT.usage });
  }
  const ownHelp = args
    .slice(0, args.includes("--") ? args.indexOf("--") : undefined)
    .some((a) => a === "--help" || a === "-h");
  if (name === "help" || ownHelp) {
    await commandHelp(topic);
    return EXIT.ok;
  }
  return (await loadCommand(topic)).run(args);
}

/** Prints a failure for people: the fact, then where to look and what to do; resolves with the exit code. */
export function report(error: unknown): number {
  if (error instanceof LabFailure) {
    process.stderr.write(`lab: ${error.describe()}\n`);
    return interrupted.aborted ? EXIT.interrupted : error.exitCode;
  }
  if (interrupted.aborted) {
    process.stderr.write("lab: interrupted; the same command goes on where this one stopped\n");
    return EXIT.interrupted;
  }
  const log = cachePath("log", "unexpected.log");
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`lab: unexpected error: ${text.split("\n")[0]}\n`);
  try {
    mkdirSync(dirname(log), { recursive: true });
    appendFileSync(log, `${new Date().toISOString()} lab ${process.argv.slice(2).join(" ")}\n${text}\n\n`);
    process.stderr.write(`log: ${log}\n`);
  } catch {
    process.stderr.write(`${text}\n`); // no place for a log: then here
  }
  return EXIT.failed;
}

if (require.main === module) {
  handleInterrupts();
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0); // `lab … | head`
    throw error;
  });
  main(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => process.exit(report(error)),
  );
}
