import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../cluster/core/paths";
import { SIZES } from "../stacks/sizes";
import { capacityMarkdown, capacityOf } from "./capacity";
import { druidMemoryMarkdown } from "./druid-memory";
import { measuredMemory, measureMemory } from "./measured-memory";
import { knownStacks } from "./stack-config";
import { planFor } from "./target";

/**
 * The part of a Markdown file between `<!-- name -->` and `<!-- /name -->`, replaced.
 * @throws when the markers are missing
 */
export function replaceBetween(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(open);
  const to = text.indexOf(close);
  if (from < 0 || to < from) throw new Error(`no ${open} … ${close}`);
  return `${text.slice(0, from + open.length)}\n${content}\n${text.slice(to)}`;
}

/** The documents with generated tables, by their paths, each as the program of this checkout makes it. */
export const DOCUMENTS: Readonly<Record<string, (text: string) => string | Promise<string>>> = {
  "README.md": withFootprints,
  "docs/druid.md": (text) => replaceBetween(text, "memory lab", druidMemoryMarkdown(SIZES.lab.druid)),
};

/** A document of the checkout, as it is. */
export function documentText(path: string): string {
  return readFileSync(join(projectRoot(), path), "utf8");
}

async function withFootprints(readme: string): Promise<string> {
  let text = readme;
  const measured = measuredMemory();
  for (const stack of knownStacks()) {
    const footprint = capacityMarkdown(await capacityOf(planFor(stack, undefined, [])), measured[stack]);
    text = replaceBetween(text, `footprint ${stack}`, footprint);
  }
  return text;
}

/** `--measure STACK` first notes what a stack that is up takes. */
async function main([option, stack]: readonly string[]): Promise<void> {
  if (option === "--measure" && stack !== undefined) await measureMemory(stack);
  for (const [path, generated] of Object.entries(DOCUMENTS)) {
    writeFileSync(join(projectRoot(), path), await generated(documentText(path)));
  }
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
