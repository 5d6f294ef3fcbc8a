import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";

// The real ./lab in a copy of the checkout, so that stack files can be broken; nothing of it may reach the cache.
let checkout: string;
let cache: string;

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), "lab-checkout-"));
  cache = mkdtempSync(join(tmpdir(), "lab-cache-"));
  const root = projectRoot();
  for (const name of [
    "lab",
    "cli",
    "cluster",
    "components",
    "jobs",
    "stacks",
    "Pulumi.yaml",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
  ]) {
    cpSync(join(root, name), join(checkout, name), { recursive: true, verbatimSymlinks: true });
  }
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
});
afterAll(() => {
  rmSync(checkout, { recursive: true, force: true });
  rmSync(cache, { recursive: true, force: true });
});

interface Ended {
  code: number | string | null;
  stdout: string;
  stderr: string;
}

function lab(...args: string[]): Promise<Ended> {
  return labWith(cache, ...args);
}

function labWith(directory: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, LAB_CACHE: directory };
    execFile(join(checkout, "lab"), args, { env, timeout: 50_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? null) : 0, stdout, stderr });
    });
  });
}

/** One line that says what, a stack trace never, exit code 2, and nothing written. */
async function refuses(args: string[], what: RegExp): Promise<void> {
  const { code, stdout, stderr } = await lab(...args);
  expect(stderr).toMatch(what);
  expect(stderr.trim().split("\n").length, stderr).toBeLessThanOrEqual(2);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(readdirSync(cache)).toEqual([]);
}

describe.concurrent("the command line", () => {
  test.for<[string[], RegExp]>([
    [["upp"], /unknown command "upp"/],
    [["help", "upp"], /unknown command "upp"/],
    [["up", "--contxt", "x"], /Unknown option '--contxt'/],
    [["up", "--context"], /'--context <value>' argument missing/],
    [["up", "lab", "prod"], /unexpected argument "prod"/],
    [["up", "nowhere"], /unknown stack "nowhere"; there are: all, lab, lambda, prod, smartcar, staging/],
    [["up", "../lab"], /invalid stack name "\.\.\/lab"; there are: all, lab, lambda, prod, smartcar, staging/],
    [["up", "prod"], /stack "prod" \(size prod\) needs a cluster of several nodes/],
    [["build", "lab", "nowhere"], /unknown stack "nowhere"; there are: /],
    [["build", "lambda", "--context", "x"], /Unknown option '--context'/],
    [["build", "lab", "prod"], /is for the embedded cluster, and stack prod \(size prod\) needs .* several nodes/],
    [["plan", "nowhere"], /unknown stack "nowhere"/],
    [["destroy", "nowhere", "--yes"], /unknown stack "nowhere"/],
    [["status", "--stack", "nowhere"], /unknown stack "nowhere"/],
    [["logs"], /an argument is missing/],
    [["logs", "enrich", "--tail=-5"], /--tail must be a number of lines, got "-5"/],
    [["cutover", "v3"], /v1 or v2, got "v3"/],
    [["verify", "lambda-x"], /unknown pipeline "lambda-x"; there are: /],
    [["verify", "--from", "yesterday"], /--from must be 'YYYY-MM-DD HH:MM:SS', a time there is, got "yesterday"/],
    [["verify", "--from", "2026-02-31 00:00:00"], /--from must be .* got "2026-02-31 00:00:00"/],
    [["verify", "--from", "2026-01-02 00:00:00", "--to", "2026-01-01 00:00:00"], /--from must be before --to/],
    [["verify", "lambda"], /stack lab has no pipeline lambda; it has: kappa/],
    [["verify", "kappa", "--day", "2026-01-01"], /--day is for lambda, not for kappa/],
    [["verify", "--day", "2026-02-30"], /--day must be YYYY-MM-DD, a day there is, got "2026-02-30"/],
    [["reindex"], /lab reindex: an argument is missing/],
    [["reindex", "yesterday"], /a day must be YYYY-MM-DD, a day there is, got "yesterday"/],
    [["reindex", "2026-01-02", "--to", "2026-02-30"], /a day there is, got "2026-02-30"/],
    [["reindex", "2026-01-02", "--to", "2026-01-01"], /--to must be DAY or later/],
    [["reindex", "2026-01-02"], /stack lab has no pipeline lambda/],
    [["recover", "--watermark", "soon"], /--watermark/],
    [["recover", "--watermark", "-5m"], /'--watermark' argument is ambiguous\n {2}fix: /],
    [["recover", "--watermark", "0s"], /--watermark must be at least the stack's own watermark, 15 s, got "0s"/],
    [["recover", "--stack", "staging", "--context", "x"], /stack staging is not the lab: say --yes to empty/],
    [["demo"], /an argument is missing/],
    [["demo", "early"], /unknown demonstration "early"; there are: late-and-duplicates/],
    [["demo", "late-and-duplicates"], /stack lab has no pipeline lambda; name one with --stack/],
    [["open", "x", "--port", "99999"], /--port must be a port number/],
    [["credentials", "nobody"], /unknown user "nobody"/],
    [["test", "everything"], /unknown part "everything"; there are: unit, policy, cluster/],
  ])("lab %j", ([args, what]) => refuses(args, what));

  test("an impossible LAB_CACHE is named, without a stack trace", async () => {
    const [doctor, endpoints] = await Promise.all([
      labWith("/dev/null/x", "doctor"),
      labWith("/proc/nope", "endpoints"),
    ]);
    expect(doctor.stdout).toMatch(/^ {2}disk: set LAB_CACHE to a directory you may write$/m);
    expect(endpoints.stderr).toMatch(/^lab: no lab is running with LAB_CACHE=\/proc\/nope\n/);
    for (const { code, stdout, stderr } of [doctor, endpoints]) {
      expect(code).toBe(1);
      expect(stdout + stderr).not.toMatch(/unexpected|\n\s+at /);
    }
  });

  test("help lists every command on stdout; no command at all is a mistake", async () => {
    const [help, none] = await Promise.all([lab("help"), lab()]);
    expect(help.code).toBe(0);
    for (const file of readdirSync(join(checkout, "cli", "commands"))) {
      expect(help.stdout).toMatch(new RegExp(`^  ${file.replace(".ts", "")}\\b`, "m"));
    }
    expect(none).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("a stack's file", () => {
  const GOOD = "config:\n  bigdata-lab:pipelines: [kappa]\n  bigdata-lab:size: lab";
  test.for<[string, string, RegExp]>([
    ["broken YAML", "config: [", /Pulumi\.broken\.yaml: /],
    ["an unknown key at the top", "confg: {}", /unknown key "confg"/],
    ["an unknown setting", "config:\n  bigdata-lab:sise: lab", /sise/],
    [
      "an unknown size",
      "config:\n  bigdata-lab:pipelines: [kappa]\n  bigdata-lab:size: huge",
      /size.*huge.*lab, staging, prod/,
    ],
    ["a number where a text belongs", `${GOOD}\n  bigdata-lab:context: 5`, /bigdata-lab:context: a text was expected/],
    ["a key of nobody", `${GOOD}\n  other:frob: 1`, /config other:frob: no such key/],
    ["a wrong type", "config:\n  bigdata-lab:pipelines: kappa\n  bigdata-lab:size: lab", /pipelines/],
    [
      "an impossible combination",
      "config:\n  bigdata-lab:pipelines: [kappa]\n  bigdata-lab:size: lab\n  bigdata-lab:kappa: {watermarkSeconds: 7200}",
      /recoveryWatermarkSeconds/,
    ],
  ])("%s", async ([, text, what]) => {
    writeFileSync(join(checkout, "stacks", "Pulumi.broken.yaml"), `${text}\n`);
    await refuses(["up", "broken"], what);
  });

  test.skipIf(process.getuid?.() !== 0)(
    "without root the embedded cluster is refused before anything starts",
    async () => {
      const asNobody = `setpriv --reuid=65534 --regid=65534 --clear-groups env LAB_CACHE=${cache} `;
      const line = `${asNobody} ${join(checkout, "lab")} up`;
      const ended = await new Promise<Ended>((resolve) => {
        execFile("sh", ["-c", `chmod a+rx ${checkout} && ${line}`], { timeout: 50_000 }, (error, stdout, stderr) => {
          resolve({ code: error ? (error.code ?? null) : 0, stdout, stderr });
        });
      });
      expect(ended.stderr).toMatch(/needs root/);
      expect(ended.code).toBe(1);
    },
  );
});
