import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../cluster/core/paths";
import { capacityMarkdown, capacityOf } from "./capacity";
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
  for (const stack of knownStacks()) {
    text = replaceBetween(text, `footprint ${stack}`, capacityMarkdown(await capacityOf(planFor(stack))));
  }
  return text;
}

if (require.main === module) {
  generatedReadme().then(
    (text) => writeFileSync(join(projectRoot(), "README.md"), text),
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
