import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { dockerStage } from "../support/docker-stage";

const root = projectRoot();

/** Paths of all Dockerfiles of servers and topologies that run on Java, from the root. */
function javaImages(): string[] {
  const folders = ["components", "topologies"].flatMap((kind) =>
    existsSync(join(root, kind)) ? readdirSync(join(root, kind)).map((name) => join(kind, name)) : [],
  );
  const files = folders.flatMap((folder) => [join(folder, "image/Dockerfile"), join(folder, "Dockerfile")]);
  return files.filter((file) => existsSync(join(root, file)) && dockerStage(file, "java").length > 1);
}

const IMAGES = javaImages();
const [first = ""] = IMAGES;

test("there are some", () => {
  expect(IMAGES.length).toBeGreaterThan(4);
});

test.each(IMAGES)("%s has the same base with Java as the others: one layer for all", (file) => {
  const java = dockerStage(file, "java");
  expect(java).toHaveLength(2);
  expect(java).toEqual(dockerStage(first, "java"));
});

test.each(IMAGES)("%s trusts registries as the others do", (file) => {
  const script = (of: string): string => {
    const beside = [dirname(of), dirname(dirname(of))].map((folder) => join(root, folder, "trust-store.sh"));
    return readFileSync(beside.find((path) => existsSync(path)) ?? "", "utf8");
  };
  expect(script(file)).toBe(script(first));
});
