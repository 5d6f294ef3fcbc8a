import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../cluster/core/paths";
import { capacityMarkdown, capacityOf } from "./capacity";
import { measuredMemory, measureMemory } from "./measured-memory";
import { knownStacks } from "./stack-config";
import { planFor } from "./target";

/** The part of a Markdown file between `<!-- name -->` and `<!-- /name -->`, replaced. @throws when the markers are missing */
export function replaceBetween(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(open);
  const to = text.indexOf(close);
  if (from < 0 || to < from) throw new Error(`no ${open} … ${close}`);
  return `${text.slice(0, from + open.length)}\n${content}\n${text.slice(to)}`;
}

/** README.md with every generated table as the program of this checkout makes it. */
export async function generatedReadme(): Promise<string> {
  let text = readFileSync(join(projectRoot(), "README.md"), "utf8");
  const measured = measuredMemory();
  for (const stack of knownStacks()) {
    const footprint = capacityMarkdown(await capacityOf(planFor(stack, undefined, [])), measured[stack]);
    text = replaceBetween(text, `footprint ${stack}`, footprint);
  }
  return text;
}

/** `--measure STACK` first notes what a stack that is up takes. */
async function main([option, stack]: readonly string[]): Promise<string> {
  if (option === "--measure" && stack !== undefined) await measureMemory(stack);
  return generatedReadme();
}

if (require.main === module) {
  main(process.argv.slice(2)).then(
    (text) => writeFileSync(join(projectRoot(), "README.md"), text),
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
