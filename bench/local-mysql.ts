import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { cachePath } from "../cluster/core/paths";
import { run } from "../cluster/core/run";
import { hostMirror } from "../cluster/embedded/images/apt";
import { mysqlCnf } from "../components/mysql/mysql-cnf";
import { stateSchema } from "../jobs/core/aggregate-tables";
import type { MysqlConfig } from "../jobs/core/config";
import { type Mysql, openMysql } from "../jobs/core/mysql";

/** The package of MySQL's image: see its Dockerfile. */
const PACKAGE = "mysql-server-core=9.7.*";
/** What a stack of size lab gives it. */
const MEMORY_MIB = 416;

/** A real MySQL on loopback. */
export interface LocalMysql {
  readonly pid: number;
  /** Account that may do everything in the database and in that of the jobs' state. Its password is in a file. */
  readonly account: MysqlConfig;
  readonly sql: Mysql;
  /** Stops it and deletes its data. */
  stop(): Promise<void>;
}

/** Starts MySQL with the configuration of a stack, in a directory of its own. */
export async function startLocalMysql(database: string): Promise<LocalMysql> {
  const root = await mysqlFiles();
  const directory = mkdtempSync(join(tmpdir(), "lab-mysql-"));
  const file = (name: string) => join(directory, name);
  const port = await freePort();
  writeFileSync(file("my.cnf"), mysqlCnf(MEMORY_MIB));
  const password = randomBytes(18).toString("base64url");
  writeFileSync(file("password"), password, { mode: 0o600 });
  const statements = [
    `CREATE DATABASE \`${database}\``,
    `CREATE USER 'bench'@'%' IDENTIFIED BY '${password}'`,
    ...[database, stateSchema(database)].map((schema) => `GRANT ALL ON \`${schema}\`.* TO 'bench'@'%'`),
  ];
  writeFileSync(file("init.sql"), statements.map((statement) => `${statement};\n`).join(""), { mode: 0o600 });
  const [command = "", ...args] = mysqld(root, file("my.cnf"), file("data"));
  await run(command, [...args, "--initialize-insecure"], { log: file("log"), timeoutMs: 120_000 });
  const paths = [`--socket=${file("sock")}`, `--pid-file=${file("pid")}`, `--init-file=${file("init.sql")}`];
  const child = spawn(command, [...args, ...paths, "--bind-address=127.0.0.1", `--port=${port}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log = createWriteStream(file("log"), { flags: "a" });
  for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
  const killed = () => child.kill("SIGKILL");
  process.once("exit", killed);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const account = { host: "127.0.0.1", port, user: "bench", database, passwordFile: file("password") };
  const sql = openMysql(account, database);
  for (let attempt = 0; ; attempt += 1) {
    const error = await sql.rows("SELECT 1").then(
      () => undefined,
      (failed: unknown) => failed,
    );
    if (error === undefined) break;
    if (child.exitCode !== null || attempt > 300)
      throw new Error(`MySQL does not answer, see ${file("log")}`, { cause: error });
    await setTimeout(200);
  }
  return {
    pid: child.pid ?? -1,
    account,
    sql,
    stop: async () => {
      await sql.close();
      process.off("exit", killed);
      child.kill("SIGKILL");
      await ended;
      log.end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The server on its own libraries: this machine's may be older. */
function mysqld(root: string, options: string, data: string): string[] {
  const libraries = join(
    root,
    "usr/lib",
    readdirSync(join(root, "usr/lib")).find((name) => name.endsWith("-linux-gnu")) ?? "",
  );
  const loader = readdirSync(libraries).find((name) => /^ld-linux.*\.so\.\d$/.test(name)) ?? "";
  return [
    join(libraries, loader),
    "--library-path",
    libraries,
    join(root, "usr/sbin/mysqld"),
    `--defaults-file=${options}`,
    `--datadir=${data}`,
    `--lc-messages-dir=${join(root, "usr/share/mysql")}`,
    `--character-sets-dir=${join(root, "usr/share/mysql/charsets")}`,
    `--plugin-dir=${join(root, "usr/lib/mysql/plugin")}`,
    "--secure-file-priv=NULL",
    "--mysqlx=OFF",
    ...(process.getuid?.() === 0 ? ["--user=root"] : []),
  ];
}

/** Directory of MySQL and all it needs, unpacked and not installed; fetched by apt once, from the mirror this machine uses. */
async function mysqlFiles(): Promise<string> {
  const root = cachePath("bench", PACKAGE.replace(/=(.*)\.\*$/, "-$1"));
  if (existsSync(root)) return root;
  const mirror = hostMirror();
  if (mirror === undefined)
    throw new Error("MySQL comes from Debian's packages, and this machine's apt knows no mirror");
  const work = mkdtempSync(join(tmpdir(), "lab-apt-"));
  try {
    const env = { APT_CONFIG: aptConfig(work, mirror) };
    await run("apt-get", ["update", "-q"], { env, timeoutMs: 300_000 });
    const download = ["install", "-q", "-y", "--download-only", "--no-install-recommends", PACKAGE];
    await run("apt-get", download, { env, timeoutMs: 900_000 });
    const draft = `${root}.${process.pid}`;
    mkdirSync(draft, { recursive: true });
    const archives = join(work, "archives");
    for (const name of readdirSync(archives).filter((one) => one.endsWith(".deb"))) {
      await run("dpkg-deb", ["-x", join(archives, name), draft]);
    }
    renameSync(draft, root);
    return root;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** An apt that knows sid alone and nothing of what is installed here. */
function aptConfig(work: string, mirror: string): string {
  for (const directory of ["lists/partial", "archives/partial"]) mkdirSync(join(work, directory), { recursive: true });
  writeFileSync(join(work, "sources.list"), `deb ${mirror} sid main\n`);
  writeFileSync(join(work, "status"), "");
  const settings = {
    "Dir::State::Lists": join(work, "lists"),
    "Dir::State::status": join(work, "status"),
    "Dir::Cache": work,
    "Dir::Cache::Archives": join(work, "archives"),
    "Dir::Etc::SourceList": join(work, "sources.list"),
    "Dir::Etc::SourceParts": "/dev/null",
    "Dir::Etc::Preferences": "/dev/null",
    "Dir::Etc::PreferencesParts": "/dev/null",
    "Acquire::Check-Valid-Until": "false", // sid's Release file can be past its date where a mirror lags behind
    "Acquire::Languages": "none",
    "APT::Sandbox::User": "root",
  };
  const path = join(work, "apt.conf");
  const lines = Object.entries(settings).map(([key, value]) => `${key} "${value}";\n`);
  writeFileSync(path, lines.join(""));
  return path;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
