import { readFile, unlink } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { Counter, Gauge } from "prom-client";
import { formatLogDate } from "../core/driver-log";
import type { JobContext, RunningJob } from "../core/job";
import { messageOf } from "../core/log";
import { answers } from "./answer";
import { type DriveConfig, STATUS_LINE_BYTES } from "./config";
import { bytesPerSecond, DriverLog } from "./driver-log";
import { hourFiles, isMissing, oldestDate } from "./hour-files";
import { outlived, readPositions } from "./retention";
import { StatusFiles } from "./status-files";
import { lastInterval } from "./status-lines";

const MIB = 1024 ** 2;
/** How often the disk is looked at. */
const SURVEY_SECONDS = 10;
/** Longest pause after which the cars still count as driving. */
const LATE_SECONDS = 5;

/** Lets the cars drive. Resolves when what an earlier process left is in order; it becomes ready with the first readings. */
export async function runDrive(context: JobContext<DriveConfig>): Promise<RunningJob> {
  const { config, log, watchdog } = context;
  const { driverLogs, statusSpool, state } = config.directories;
  const drive = new Drive(
    context,
    await DriverLog.open(driverLogs),
    await StatusFiles.open({ statusSpool, state }),
    Math.floor(Date.now() / 1000),
  );
  const running = drive.run();
  running.catch((error) => {
    log.error("ending: the cars cannot go on", { error: messageOf(error) });
    process.exit(1);
  });
  return {
    ready: () => drive.driving && watchdog.complaint() === undefined,
    stop: async () => {
      drive.stop();
      await running;
    },
    answer: answers(
      { directory: driverLogs, range: () => drive.range(), statusFiles: () => drive.statusFiles.list() },
      log,
    ),
  };
}

/** A reading is written at its second or not at all: nothing is made up for after a pause. */
class Drive {
  private readonly stopping = new AbortController();
  /** The last second that all cars have written. */
  private newest: number;
  private usedBytes = 0;
  private surveyed = 0;
  private makingStatus: Promise<void> | undefined;
  private standing = false;
  private readonly readings: Counter;
  private readonly used: Gauge;
  private readonly stands: Gauge;

  constructor(
    private readonly context: JobContext<DriveConfig>,
    private readonly driverLog: DriverLog,
    readonly statusFiles: StatusFiles,
    startSecond: number,
  ) {
    this.newest = driverLog.lastSecond;
    if (this.newest > startSecond)
      context.log.warn("the newest reading is in the future: the cars wait until then", {
        newest: formatLogDate(this.newest),
      });
    const registers = [context.registry];
    this.readings = new Counter({ name: "lab_readings_total", help: "Driver log lines written", registers });
    this.used = new Gauge({ name: "lab_disk_used_bytes", help: "Driver logs and status files", registers });
    this.stands = new Gauge({ name: "lab_cars_stand", help: "1 while the disk budget is used up", registers });
  }

  get driving(): boolean {
    return !this.standing && Date.now() / 1000 - this.newest < LATE_SECONDS;
  }

  async range() {
    const oldest = await oldestDate(this.context.config.directories.driverLogs);
    return oldest === undefined ? {} : { oldest, newest: formatLogDate(this.newest) };
  }

  stop(): void {
    this.stopping.abort();
  }

  async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const second = Math.floor(Date.now() / 1000);
      if (second > this.driverLog.lastSecond) await this.at(second);
      else this.context.watchdog.progress(); // a clock that was set back is waited for
      const pause = 1000 - (Date.now() % 1000) + 2; // just behind the next second
      await setTimeout(pause, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
    await this.makingStatus;
    await this.driverLog.close();
  }

  /** A failure, such as a full disk, costs this second's readings; the watchdog sees to failures that go on. */
  private async at(second: number): Promise<void> {
    const { config, log, watchdog } = this.context;
    try {
      if (second - this.surveyed >= SURVEY_SECONDS) await this.survey(second);
      this.makeStatus(second);
      if (!this.hasRoom(bytesPerSecond(config))) {
        watchdog.progress(); // standing still is all it can do
        return;
      }
      this.usedBytes += await this.driverLog.write(second, config);
      this.newest = second;
      this.readings.inc(config.cars);
      watchdog.progress();
    } catch (error) {
      log.warn("no readings at this second", { second: formatLogDate(second), error: messageOf(error) });
    }
  }

  private hasRoom(bytes: number): boolean {
    const standing = this.usedBytes + bytes > this.context.config.maxMiB * MIB;
    if (standing !== this.standing)
      this.context.log.warn(standing ? "the disk budget is used up: the cars stand still" : "the cars drive again", {
        usedMiB: Math.round(this.usedBytes / MIB),
      });
    this.standing = standing;
    this.stands.set(standing ? 1 : 0);
    this.used.set(this.usedBytes);
    return !standing;
  }

  /** Removes what nobody needs any more, and adds up the rest. */
  private async survey(second: number): Promise<void> {
    const { config, log } = this.context;
    const { driverLogs, positions } = config.directories;
    const files = await hourFiles(driverLogs);
    const old = outlived(files, readPositions(await textOf(positions)), second, config.keepHours);
    for (const { path } of old) {
      await unlink(path);
      log.info("removed a driver log that was read and is old", { path });
    }
    const kept = files.filter((file) => !old.includes(file));
    this.usedBytes = kept.reduce((sum, { bytes }) => sum + bytes, await this.statusFiles.waitingBytes());
    this.surveyed = second;
  }

  /** Begins with the status file of the interval that is over, if it is not made. Readings go on meanwhile. */
  private makeStatus(second: number): void {
    const { config, log } = this.context;
    const interval = lastInterval(config.status.everySeconds, second);
    if (this.makingStatus || interval.from < this.statusFiles.newestEnd) return;
    if (this.usedBytes + config.status.lines * STATUS_LINE_BYTES > config.maxMiB * MIB) return;
    this.makingStatus = this.statusFiles
      .make(config, interval)
      .then(
        (made) => log.info("a status file is complete", { ...made }),
        (error) => log.warn("no status file now", { error: messageOf(error) }),
      )
      .finally(() => {
        this.makingStatus = undefined;
      });
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return ""; // the collector has not read anything yet
    throw error;
  }
}
