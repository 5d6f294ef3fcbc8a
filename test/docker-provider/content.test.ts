import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type BuildSources,
  contentDigest,
  contextFiles,
  contextFilter,
  parseFilter,
} from "../../cluster/docker-provider/content";
import { temporaryDirectory } from "../support/temporary";

let context: string;
beforeEach(() => {
  context = mkdtempSync(join(tmpdir(), "content-"));
});
afterEach(() => rmSync(context, { recursive: true }));

function write(path: string, text = path): void {
  mkdirSync(dirname(join(context, path)), { recursive: true });
  writeFileSync(join(context, path), text);
}

function digest(more: Partial<BuildSources> = {}): string {
  return contentDigest({ context, dockerfile: join(context, "Dockerfile"), args: {}, ...more });
}

function seen(): string[] {
  return contextFiles(context, contextFilter(context, join(context, "Dockerfile")));
}

describe("the files a build sees", () => {
  test.each([
    ["a directory's content", "docs\n", ["docs/a", "docs/b/c", "x"], ["x"]],
    ["everything but exceptions", "*\n!jobs/core\n", ["jobs/core/a", "jobs/enrich/b", "x"], ["jobs/core/a"]],
    [
      "an exception's exception",
      "*\n!jobs\njobs/*/Dockerfile*\n",
      ["jobs/e/Dockerfile", "jobs/e/main"],
      ["jobs/e/main"],
    ],
    ["* ends at a slash", "*.md\n", ["a.md", "d/b.md"], ["d/b.md"]],
    ["** does not", "**/*.md\n", ["a.md", "d/b.md", "d/c"], ["d/c"]],
    ["** in exceptions", "**\n!**/*.ts\n", ["a.ts", "d/e/b.ts", "d/c"], ["a.ts", "d/e/b.ts"]],
    ["? is one character", "a?\n", ["ab", "abc"], ["abc"]],
    ["comments and blank lines", "# x\n\n", ["# x", "x"], ["# x", "x"]],
    ["a leading slash", "/x\n", ["x", "d/x"], ["d/x"]],
    ["case counts", "X\n", ["x"], ["x"]],
    ["the last rule wins", "!x\nx\n", ["x"], []],
  ])("%s", (_, rules, files, expected) => {
    const filter = parseFilter(rules);
    for (const file of files) write(file);
    expect(contextFiles(context, filter)).toEqual(expected);
  });

  test("the Dockerfile's own ignore file comes before the context's", () => {
    for (const path of ["Dockerfile", "a", "b"]) write(path);
    write(".dockerignore", "a\n.dockerignore\nDockerfile*");
    expect(seen()).toEqual(["b"]);
    write("Dockerfile.dockerignore", "b\n.dockerignore\nDockerfile*");
    expect(seen()).toEqual(["a"]);
  });

  test("a large directory that no rule admits is not read", () => {
    write("Dockerfile");
    write("node_modules/x");
    write(".dockerignore", "*\n!jobs/core");
    chmodSync(join(context, "node_modules"), 0o000); // root reads it all the same: the filter says so itself
    expect(contextFilter(context, join(context, "Dockerfile")).mayEnter("node_modules")).toBe(false);
    expect(contextFilter(context, join(context, "Dockerfile")).mayEnter("jobs")).toBe(true);
  });
});

describe("the digest of an image's content", () => {
  beforeEach(() => {
    write("Dockerfile", "FROM scratch\nCOPY . /\n");
    write(".dockerignore", "ignored\n");
    write("main.ts", "a");
  });

  test("follows every input", () => {
    const after = [
      () => undefined,
      () => write("main.ts", "b"),
      () => write("Dockerfile", "FROM scratch\n"),
      () => chmodSync(join(context, "main.ts"), 0o755),
      () => write("more"),
      () => symlinkSync("main.ts", join(context, "link")),
    ].map((change) => {
      change();
      return digest();
    });
    const digests = [
      ...after,
      digest({ args: { A: "1" } }),
      digest({ args: { A: "2" } }),
      digest({ target: "bundle" }),
      digest({ platform: "linux/arm64" }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  test("does not follow what the build does not see", () => {
    const before = digest();
    write("ignored", "anything");
    expect(digest()).toBe(before);
  });

  test("does not follow where the files lie, nor the order of arguments", () => {
    const before = digest({ args: { A: "1", B: "2" } });
    const other = temporaryDirectory("content");
    for (const [path, text] of [
      ["Dockerfile", "FROM scratch\nCOPY . /\n"],
      [".dockerignore", "ignored\n"],
      ["main.ts", "a"],
    ] as const) {
      writeFileSync(join(other, path), text);
    }
    const there = contentDigest({ context: other, dockerfile: join(other, "Dockerfile"), args: { B: "2", A: "1" } });
    expect(there).toBe(before);
  });

  test("a file's end is not another's beginning", () => {
    write("a", "xy");
    write("b", "z");
    const before = digest();
    write("a", "x");
    write("b", "yz");
    expect(digest()).not.toBe(before);
  });
});
