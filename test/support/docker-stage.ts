import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../cluster/core/paths";

/** The commands of a Dockerfile's stage, without comments; none when it has no such stage. @param path from the root */
export function dockerStage(path: string, name: string): string[] {
  const text = readFileSync(join(projectRoot(), path), "utf8").replaceAll(/^\s*#.*\n/gm, "");
  const body = text.split(/^FROM /m).find((part) => part.split("\n")[0]?.endsWith(` AS ${name}`));
  return body === undefined ? [] : body.split(/\n(?=RUN |COPY |WORKDIR )/).map((command) => command.trim());
}
