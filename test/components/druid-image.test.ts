import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";

const read = (path: string) => readFileSync(join(projectRoot(), path), "utf8");

/** The commands of a Dockerfile's stage. */
function stage(path: string, name: string): string[] {
  const text = read(path).replaceAll(/^\s*#.*\n/gm, "");
  const body = text.split(/^FROM /m).find((part) => part.split("\n")[0]?.endsWith(` AS ${name}`)) ?? "";
  return body.split(/\n(?=RUN |COPY |WORKDIR )/).map((command) => command.trim());
}

test("the base with Java is the same layer as Kafka's", () => {
  const java = stage("components/druid/image/Dockerfile", "java");
  expect(java).toHaveLength(2);
  expect(java).toEqual(stage("components/kafka/image/Dockerfile", "java"));
});

test("Maven and Node are installed as elsewhere, so that their layers are shared", () => {
  const installed = (path: string, name: string) => stage(path, name)[1];
  expect(installed("components/druid/image/Dockerfile", "maven")).toContain("maven");
  expect(installed("components/druid/image/Dockerfile", "maven")).toBe(
    installed("components/kafka/image/Dockerfile", "jars"),
  );
  expect(installed("components/druid/image/Dockerfile", "npm")).toBe(installed("jobs/supervise/Dockerfile", "npm"));
});

test.each([
  ["components/druid/image/trust-store.sh", "components/kafka/image/trust-store.sh"],
  ["components/druid/image/requirements.txt", "jobs/image/requirements.txt"],
])("%s is %s", (copy, original) => {
  expect(read(copy)).toBe(read(original));
});

test("all parts of the image are of one version", () => {
  const versions = ["pom.xml", "Dockerfile"].flatMap((file) =>
    [
      ...read(`components/druid/image/${file}`).matchAll(
        /(?:druid\.version>|distribution:|image\.version="|apache-druid-)([\d.]+)/g,
      ),
    ].map(([, version]) => version),
  );
  expect(versions.length).toBeGreaterThan(5);
  expect(new Set(versions)).toEqual(new Set(["33.0.0"]));
});
