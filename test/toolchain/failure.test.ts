import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { LabFailure } from "../../cluster/core/failure";
import { run, runAside, runInherited } from "../../cluster/core/run";
import { buildFailure, isTransient } from "../../cluster/toolchain/build-failure";
import { temporary } from "./module";

const failureOf = async (promise: Promise<unknown>) => (await promise.catch((error: unknown) => error)) as LabFailure;

test("a failure is printed as what, log and fix, and only with what it has", () => {
  expect(new LabFailure("it broke", { log: "/tmp/log", fix: "mend it" }).describe()).toBe(
    "it broke\n  log: /tmp/log\n  fix: mend it",
  );
  expect(new LabFailure("it broke").describe()).toBe("it broke");
  expect(new LabFailure("it broke").exitCode).toBe(1);
});

test("run gives back both streams and keeps them in the log", async () => {
  const log = join(temporary(), "deep/run.log");
  const lines: string[] = [];
  const output = await run("sh", ["-c", "cat; echo 1; echo 2 >&2"], {
    input: "0\n",
    log,
    onLine: (line) => lines.push(line),
  });
  expect(output).toEqual({ stdout: "0\n1\n", stderr: "2\n" });
  expect(readFileSync(log, "utf8").split("\n").sort().join("")).toBe("012");
  expect(lines.sort()).toEqual(["0", "1", "2"]);
});

test("a command that fails names itself, its exit code, its last words and the log", async () => {
  const log = join(temporary(), "run.log");
  const failure = await failureOf(run("sh", ["-c", "echo fine; echo broken >&2; exit 3"], { log }));
  expect(failure).toBeInstanceOf(LabFailure);
  expect(failure.message).toMatch(/^sh -c .* failed with exit code 3:\nbroken$/);
  expect(failure.log).toBe(log);
});

test("a command that is not there says what to install", async () => {
  const failure = await failureOf(run("no-such-command", []));
  expect(failure.describe()).toBe("no-such-command was not found\n  fix: install no-such-command and put it on PATH");
  expect(await runInherited("no-such-command", [])).toBe(127);
});

test("a command aside yields to others, and prints what it has to say as a whole", async () => {
  const written: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => written.push(String(chunk)) > 0);
  try {
    // The shell is told its place when it has begun; what it starts after that inherits it.
    expect(await runAside("sh", ["-c", "sleep 0.5; nice; echo said >&2; exit 3"])).toBe(3);
  } finally {
    write.mockRestore();
  }
  expect(written).toEqual(["3\nsaid\n"]);
});

test("a command on the caller's terminal is interrupted when whoever runs it is told alone to stop", async () => {
  const stop = new AbortController();
  const command = runInherited("sh", ["-c", "trap 'exit 7' INT; while :; do sleep 0.1; done"], { signal: stop.signal });
  stop.abort();
  expect(await command).toBe(7);
});

test("a timeout ends the command", async () => {
  const mark = join(temporary(), "mark");
  const failure = await failureOf(run("sh", ["-c", `sleep 5 && touch ${mark}`], { timeoutMs: 50 }));
  expect(failure.message).toContain("was killed by SIGKILL");
  expect(existsSync(mark)).toBe(false);
});

test.each([
  [
    "go: example.test/a@v1: dial tcp 127.0.0.1:9: connect: connection refused",
    /cannot be downloaded: go: example/,
    /network/,
    true,
  ],
  ["go: a@v1: reading https://x/a.zip: 502 Bad Gateway", /cannot be downloaded/, /goes on where/, true],
  ["go: a@v1: reading https://x/a.zip: 403 Forbidden", /cannot be downloaded/, /GOPROXY/, false],
  ["write /x/b.a: no space left on device", /^no space left while building etcd$/, /LAB_CACHE/, false],
  ["verifying a@v1: checksum mismatch\nSECURITY ERROR", /not the one its go.sum names/, /modcache/, false],
  ["x/y: /go/pkg/tool/compile: signal: killed", /want of memory/, /goes on where/, false],
])("%s", (text, what, fix, transient) => {
  const error = new LabFailure(`go build -v failed with exit code 1:\n${text}`);
  const failure = buildFailure({ name: "etcd" }, error, "/log");
  expect(failure.message).toMatch(what);
  expect(failure.fix).toMatch(fix);
  expect(failure.log).toBe("/log");
  expect(isTransient(error)).toBe(transient);
});

test("a compiler's error is passed on as it is", () => {
  const failure = buildFailure({ name: "etcd" }, new Error("main.go:3: undefined: x"), "/log");
  expect(failure.message).toBe("etcd could not be built: main.go:3: undefined: x");
});
