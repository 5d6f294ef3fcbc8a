import { expect, test } from "vitest";
import { DOCUMENTS, documentText, replaceBetween } from "../../cli/docs";
import { druidMemoryMarkdown } from "../../cli/druid-memory";
import { roleMemory } from "../../components/druid/memory";
import { SIZES } from "../../stacks/sizes";

test.each(Object.entries(DOCUMENTS))(
  "%s has the tables of the program (npm run docs writes them)",
  async (path, generated) => {
    const text = documentText(path);
    expect(await generated(text)).toBe(text);
  },
);

test("the tables have rows", () => {
  expect(documentText("README.md")).toContain("| kafka | StatefulSet |");
  expect(documentText("docs/druid.md")).toContain("| historical | 272 |");
});

test("Druid's memory is that of the shares, with the buffers of roles that have some", () => {
  const { broker, ...others } = SIZES.lab.druid;
  const table = druidMemoryMarkdown({ ...others, broker: { ...broker, memoryMiB: broker.memoryMiB + 16 } });
  const { jvm } = roleMemory("broker", broker);
  expect(table).toContain(
    `| broker | ${broker.memoryMiB + 16} | ${jvm.heapMiB + 16} | ${jvm.directMiB} | 4 of 5 MiB |`,
  );
  expect(table).toMatch(/\| indexer, 4 task slots \| \d+ \|/);
  expect(table).toMatch(/\| router \| \d+ \| \d+ \| \d+ \| none \|/);
});

test("what lies between the markers is replaced and nothing else; a lost marker is an error", () => {
  expect(replaceBetween("a\n<!-- x -->\nold\n<!-- /x -->\nb", "x", "new")).toBe("a\n<!-- x -->\nnew\n<!-- /x -->\nb");
  expect(() => replaceBetween("a", "x", "new")).toThrow("<!-- x -->");
});
