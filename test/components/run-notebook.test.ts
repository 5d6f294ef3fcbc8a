import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { temporaryDirectory } from "../support/temporary";

const PROGRAM = join(projectRoot(), "components/notebook/image/bin/run-notebook");
/** In papermill's place: its "kernel" leads a session of its own, as kernels do, and is left behind. */
const PAPERMILL = `
import os, pathlib, subprocess, time, types
WORK = pathlib.Path(os.environ["NOTEBOOK_WORK"])
def inspect_notebook(path):
    return {"seconds": {"default": "0"}}
def execute_notebook(path, kept, values, **settings):
    kernel = subprocess.Popen(["sleep", "600"], start_new_session=True)
    pathlib.Path(kept).write_text("{}")
    (WORK / "kernel.part").write_text(str(kernel.pid))
    os.replace(WORK / "kernel.part", WORK / "kernel")
    time.sleep(values.get("seconds", 0))
    output = types.SimpleNamespace(output_type="stream", name="stdout", text='{"rows": 1}\\n')
    return types.SimpleNamespace(cells=[types.SimpleNamespace(cell_type="code", source="x", outputs=[output])])
`;

let world = "";
beforeEach(() => {
  world = temporaryDirectory("run-notebook");
  for (const name of ["stack", "work", "tmp", "processes", "python/papermill", "python/traitlets"]) {
    mkdirSync(join(world, name), { recursive: true });
  }
  writeFileSync(join(world, "stack/1.a.ipynb"), "{}");
  writeFileSync(join(world, "stack/1.a.more.ipynb"), "{}");
  writeFileSync(join(world, "python/papermill/__init__.py"), PAPERMILL);
  writeFileSync(join(world, "python/papermill/exceptions.py"), "class PapermillExecutionError(Exception): pass\n");
  writeFileSync(join(world, "python/traitlets/__init__.py"), "");
  writeFileSync(join(world, "python/traitlets/config.py"), "Config = dict\n");
});

interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

function start(...args: string[]): Running {
  const env = {
    ...process.env,
    PYTHONPATH: join(world, "python"),
    PYTHONDONTWRITEBYTECODE: "1",
    NOTEBOOK_SOURCES: join(world, "stack"),
    NOTEBOOK_WORK: join(world, "work"),
    NOTEBOOK_PROCESSES: join(world, "processes"),
    TMPDIR: join(world, "tmp"),
  };
  const child = spawn("python3", [PROGRAM, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => {
    child.kill("SIGTERM");
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Awaited<Running["ended"]>>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { process: child, ended };
}

/** Process id of the kernel, once it runs. */
async function kernel(): Promise<number> {
  const file = join(world, "work/kernel");
  await vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 20_000, interval: 50 });
  return Number(readFileSync(file, "utf8"));
}
const runs = () => readdirSync(join(world, "work/runs")).sort();

test("the last line is the result, and nothing of the kernel is left", async () => {
  expect(await start("1.a").ended).toMatchObject({ code: 0, stdout: '{"rows": 1}\n' });
  expect(() => process.kill(Number(readFileSync(join(world, "work/kernel"), "utf8")), 0)).toThrow("ESRCH");
  expect((await start("1.b").ended).code).toBe(2);
});

test("a second run is refused in one line, and comes to its turn when the first is done", async () => {
  const first = start("1.a", "-p", "seconds", "600");
  await kernel();
  const second = await start("1.a").ended;
  expect(second).toMatchObject({ code: 3, stdout: "" });
  const pid = first.process.pid;
  expect(second.stderr).toMatch(
    new RegExp(
      `^run-notebook: another run is at work in this pod \\(pid ${pid} since \\d\\d:\\d\\d:\\d\\d\\); wait for it, or end it: kill ${pid}\\n$`,
    ),
  );
  first.process.kill("SIGKILL"); // without a chance to say so
  process.kill(await kernel(), "SIGKILL");
  await first.ended;
  expect((await start("1.a").ended).code).toBe(0);
});

test.each([
  ["SIGTERM", 143],
  ["SIGINT", 130],
  ["SIGHUP", 129],
] as const)("%s ends the kernel too, with %d", async (signal, code) => {
  const running = start("1.a", "-p", "seconds", "600");
  const pid = await kernel();
  running.process.kill(signal);
  const { code: ended, stderr } = await running.ended;
  expect(ended).toBe(code);
  expect(stderr).toContain(`run-notebook: ended by ${signal}, with its kernel\n`);
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

test("who has Spark in a kernel is told to end that first", async () => {
  for (const [pid, words] of [
    ["41", ["sleep", "1"]],
    ["42", ["java", "-Xmx1g", "org.apache.spark.deploy.SparkSubmit", "pyspark-shell"]],
  ] as const) {
    mkdirSync(join(world, "processes", pid));
    writeFileSync(join(world, "processes", pid, "cmdline"), words.join("\0"));
  }
  const { code, stderr } = await start("1.a").ended;
  expect(code).toBe(3);
  expect(stderr).toMatch(/^run-notebook: a kernel holds Spark \(pid 42\).* Shut Down Kernel; or end it: kill 42\n$/);
});

test("the five newest runs of each notebook are kept, and whatever is not a run", async () => {
  mkdirSync(join(world, "work/runs"));
  const before = Array.from({ length: 7 }, (_, day) => `1.a.2026110${day}T000000Z.${100 - day}.ipynb`);
  const others = ["1.a.more.20261101T000000Z.7.ipynb", "1.a.mine.ipynb"];
  for (const name of [...before, ...others]) writeFileSync(join(world, "work/runs", name), "{}");
  await start("1.a").ended;
  expect(runs()).toHaveLength(5 + others.length);
  expect(runs()).toEqual(expect.arrayContaining([...before.slice(3), ...others]));
});
