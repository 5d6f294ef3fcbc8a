import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { READINGS, TOPOLOGY } from "../../stacks/smartcar-names";
import { checkoutCopy } from "../../test/cluster/support/checkout";
import { testKafka } from "../../test/cluster/support/kafka";
import { labOk, SMARTCAR } from "../../test/cluster/support/lab";
import { logDate, storedReadings } from "../../test/cluster/support/smartcar";
import { HEADING, type Judgement, judge, type Sample, stepLine } from "./judge";
import { Load } from "./load";
import { machineBusySeconds } from "./machine";

/*
 * node --import tsx bench/smartcar/main.ts [--minutes 10] [--bytes 4096] [--step-seconds 90]
 *
 * On the embedded cluster: 100 cars write a reading of so many bytes each second for so many minutes, through Flume, Kafka, Storm and
 * HBase. Then readings of further cars are put into the topic beside them, at twice the rate each step, until the topology falls
 * behind; half-way between the last two rates decides. After each step that holds, a whole second of it is looked for in HBase.
 */
const CARS = 100;
const SAMPLE_MS = 5_000;
const FIRST_RATE = 250;
const CATCH_UP_MS = 600_000;

async function main(minutes: number, bytes: number, stepSeconds: number): Promise<void> {
  const checkout = checkoutCopy();
  try {
    const file = join(checkout.path, "stacks", "Pulumi.smartcar.yaml");
    const settings = `  bigdata-lab:smartcar: { cars: ${CARS}, readingBytes: ${bytes} }\n`;
    writeFileSync(file, `${readFileSync(file, "utf8").trimEnd()}\n${settings}`);
    console.log(`bringing up stack smartcar with ${CARS} cars and readings of ${bytes} bytes`);
    const { code, stdout, stderr } = await checkout.lab("up", "smartcar");
    if (code !== 0) throw new Error(`${stdout}\n${stderr}`);
    await measure(minutes, bytes, stepSeconds);
  } finally {
    checkout.remove();
    await labOk(["up", "smartcar"]);
  }
}

async function measure(minutes: number, bytes: number, stepSeconds: number): Promise<void> {
  const topic = await TopicWatch.open();
  const load = await Load.open(bytes);
  const steps: { readonly rate: number; readonly judgement: Judgement }[] = [];
  const step = async (rate: number, seconds: number): Promise<Judgement> => {
    load.rate = rate;
    const judgement = judge(await topic.watch(seconds));
    steps.push({ rate, judgement });
    console.log(stepLine(rate === 0 ? `${CARS} cars` : `${CARS} cars + ${rate} in the topic`, judgement, bytes));
    if (judgement.holds) await allStored(CARS + rate);
    else {
      load.rate = 0;
      await topic.caughtUp();
    }
    return judgement;
  };
  try {
    console.log(HEADING);
    await step(0, minutes * 60);
    let rate = FIRST_RATE;
    while ((await step(rate, stepSeconds)).holds) rate *= 2;
    await step((rate * 3) / 4, stepSeconds);
  } finally {
    await load.close();
    await topic.close();
  }
  const best = steps.filter(({ judgement }) => judgement.holds).sort((a, b) => b.rate - a.rate)[0];
  console.log(
    best
      ? `highest rate with a lag that does not grow: ${best.judgement.perSecond.toFixed(0)} readings of ${bytes} bytes a second`
      : `the lag grows even with ${CARS} cars`,
  );
}

/** Every reading of a second that is just over is in HBase when the topology has come there. */
async function allStored(perSecond: number): Promise<void> {
  const date = logDate(Date.now() - 2_000);
  const end = Date.now() + 120_000;
  for (;;) {
    const found = (await storedReadings(date)).size;
    if (found >= perSecond) return;
    if (Date.now() > end) throw new Error(`HBase has ${found} of ${perSecond} readings of ${date}`);
    await setTimeout(1_000);
  }
}

/** How much is in the topic of readings, and how far the topology is. */
class TopicWatch {
  private constructor(private readonly admin: ReturnType<ReturnType<typeof testKafka>["admin"]>) {}

  static async open(): Promise<TopicWatch> {
    const admin = testKafka(SMARTCAR).admin();
    await admin.connect();
    return new TopicWatch(admin);
  }

  /** Samples for so many seconds. */
  async watch(seconds: number): Promise<Sample[]> {
    const begin = performance.now();
    const samples: Sample[] = [];
    for (let next = 0; next <= seconds * 1000; next += SAMPLE_MS) {
      await setTimeout(Math.max(0, begin + next - performance.now()));
      const { written, lag } = await this.now();
      samples.push({ at: (performance.now() - begin) / 1000, written, lag, busySeconds: machineBusySeconds() });
    }
    return samples;
  }

  /** Waits until what is committed is behind by no more than usual: a minute of the cars alone. */
  async caughtUp(): Promise<void> {
    const end = Date.now() + CATCH_UP_MS;
    while ((await this.now()).lag > CARS * 60) {
      if (Date.now() > end) throw new Error("the topology does not catch up");
      await setTimeout(SAMPLE_MS);
    }
  }

  close(): Promise<void> {
    return this.admin.disconnect();
  }

  private async now(): Promise<{ written: number; lag: number }> {
    const ends = await this.admin.fetchTopicOffsets(READINGS);
    const [group] = await this.admin.fetchOffsets({ groupId: TOPOLOGY, topics: [READINGS] });
    const written = ends.reduce((sum, { high }) => sum + Number(high), 0);
    const done = (group?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
    return { written, lag: written - done };
  }
}

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    bytes: { type: "string", default: "4096" },
    "step-seconds": { type: "string", default: "90" },
  },
});
main(Number(values.minutes), Number(values.bytes), Number(values["step-seconds"])).catch((error) => {
  console.error(error);
  process.exit(1);
});
