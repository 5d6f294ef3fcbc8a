import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run } from "../../cluster/core/run";
import { ctr, imagesOfLab } from "./support/images";
import { eventually, labEnv } from "./support/lab";

const USER = 10001;
/** A password with everything that has a meaning in a shell or in SQL. */
const PASSWORD = `it's \\ "a" $(test) ; --`;
const NAME = "lab-mysql-image-test";

/** Directories the container sees, as a pod mounts them; it has no network. */
let directory: string;
let server: Promise<unknown>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lab-mysql-"));
  for (const name of ["data", "run", "tmp", "secret"]) {
    mkdirSync(join(directory, name));
    chownSync(join(directory, name), USER, USER);
  }
  password(PASSWORD);
});

afterEach(async () => {
  await kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

function password(text: string): void {
  const file = join(directory, "secret", "root");
  writeFileSync(file, text, { mode: 0o400 });
  chownSync(file, USER, USER);
}

async function start(): Promise<void> {
  const image = (await imagesOfLab()).find((name) => name.startsWith("lab.local/mysql:")) ?? "";
  const { stdout: runc } = await run("sh", ["-c", "command -v runc"], { env: await labEnv() });
  const mounts = { data: "/var/lib/mysql", run: "/run/mysqld", tmp: "/tmp", secret: "/etc/secrets/mysql" };
  const flags = Object.entries(mounts).map(
    ([name, to]) => `--mount=type=bind,src=${join(directory, name)},dst=${to},options=rbind:rw`,
  );
  const args = ["run", "--rm", "--read-only", `--runc-binary=${runc.trim()}`, ...flags, image, NAME];
  server = ctr(...args).catch(() => undefined); // ends with the server, however it ended
}

async function kill(signal: string): Promise<void> {
  await ctr("tasks", "kill", "--signal", signal, NAME).catch(() => undefined);
  await server;
}

async function exec(...command: string[]): Promise<string> {
  return ctr("tasks", "exec", "--exec-id", `e${Date.now()}-${Math.random().toString(36).slice(2)}`, NAME, ...command);
}

function ready(): Promise<unknown> {
  return eventually("MySQL answers", 120, async () => (await exec("/opt/mysql/bin/ready")) !== undefined);
}

/** Runs SQL as root with a password, handed over in a file. */
async function sql(statement: string, secret: string): Promise<string> {
  const quoted = secret.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  const file = join(directory, "tmp", "client.cnf");
  writeFileSync(file, `[client]\nuser=root\npassword="${quoted}"\n`);
  return (await exec("mysql", "--defaults-file=/tmp/client.cnf", "--skip-column-names", "--execute", statement)).trim();
}

test("a start killed in the middle of the initialisation leaves nothing that is taken for a database", async () => {
  await start();
  await eventually("the initialisation begins", 60, async () => readdirSync(join(directory, "data")).length > 0);
  await kill("SIGKILL");
  expect(readdirSync(join(directory, "data"))).toEqual(["initialising"]);
  await start();
  await ready();
  expect(readdirSync(join(directory, "data"))).toEqual(["data"]);
  expect(await sql("SELECT 1", PASSWORD)).toBe("1");
});

test("data outlives a kill; a new password holds from the next start on; none is ever visible", async () => {
  await start();
  await ready();
  await sql("CREATE DATABASE d; CREATE TABLE d.t (a INT PRIMARY KEY); INSERT INTO d.t VALUES (1)", PASSWORD);
  expect(await sql("SELECT CONCAT(user, '@', host) FROM mysql.user WHERE user = 'root' ORDER BY host", PASSWORD)).toBe(
    "root@%\nroot@localhost",
  );
  await kill("SIGKILL");
  password("another");
  await start();
  await ready();
  expect(await sql("SELECT a FROM d.t", "another")).toBe("1");
  await expect(sql("SELECT 1", PASSWORD)).rejects.toThrow();
  for (const file of ["cmdline", "environ"]) expect(readOfServer(file)).not.toContain("another");
  await kill("SIGTERM");
});

/** A file of the server's process below /proc. */
function readOfServer(file: string): string {
  const isOurs = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(directory) && Number(pid) !== process.pid;
    } catch {
      return false;
    }
  };
  const pid = readdirSync("/proc").find((name) => /^\d+$/.test(name) && isOurs(name));
  expect(pid).toBeDefined();
  return readFileSync(`/proc/${pid}/${file}`, "utf8");
}
