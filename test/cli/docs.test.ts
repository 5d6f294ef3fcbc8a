import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generatedReadme, replaceBetween } from "../../cli/docs";
import { projectRoot } from "../../cluster/core/paths";

test("the README's footprints are those of the program (npm run docs writes them)", async () => {
  const readme = readFileSync(join(projectRoot(), "README.md"), "utf8");
  expect(readme).toContain("| kafka | StatefulSet |");
  expect(await generatedReadme()).toBe(readme);
});

test("what lies between the markers is replaced and nothing else; a lost marker is an error", () => {
  expect(replaceBetween("a\n<!-- x -->\nold\n<!-- /x -->\nb", "x", "new")).toBe("a\n<!-- x -->\nnew\n<!-- /x -->\nb");
  expect(() => replaceBetween("a", "x", "new")).toThrow("<!-- x -->");
});
