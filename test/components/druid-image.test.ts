import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { dockerStage } from "../support/docker-stage";

const read = (path: string) => readFileSync(join(projectRoot(), path), "utf8");

test("Maven and Node are installed as elsewhere, so that their layers are shared", () => {
  const installed = (path: string, name: string) => dockerStage(path, name)[1];
  expect(installed("components/druid/image/Dockerfile", "maven")).toContain("maven");
  expect(installed("components/druid/image/Dockerfile", "maven")).toBe(
    installed("components/kafka/image/Dockerfile", "jars"),
  );
  expect(installed("components/druid/image/Dockerfile", "npm")).toBe(installed("jobs/supervise/Dockerfile", "npm"));
});

test("Node comes from the same pinned package as in images of jobs", () => {
  expect(read("components/druid/image/requirements.txt")).toBe(read("jobs/image/requirements.txt"));
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
