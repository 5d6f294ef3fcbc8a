import { setTimeout } from "node:timers/promises";
import { Partitioners, type Producer } from "kafkajs";
import { formatDriverLine, padDriverLine } from "../../jobs/core/driver-log";
import { READINGS } from "../../stacks/smartcar-names";
import { testKafka } from "../../test/cluster/support/kafka";
import { SMARTCAR } from "../../test/cluster/support/lab";
import { logDate } from "../../test/cluster/support/smartcar";

const PARTITIONS = 4;
/** Pieces of a second, so that readings come evenly. */
const PIECES = 4;
/** What one request carries at most; the broker takes a megabyte. */
const MOST_BYTES = 700_000;

/** Readings of further cars, straight into the topic: each car one a second, none of them speeding. */
export class Load {
  /** Readings a second from the next second on. */
  rate = 0;
  private stopped = false;
  private readonly running: Promise<void>;

  private constructor(
    private readonly producer: Producer,
    private readonly bytes: number,
  ) {
    this.running = this.run();
    this.running.catch(() => undefined); // close says it
  }

  /** @param bytes length of a reading */
  static async open(bytes: number): Promise<Load> {
    const producer = testKafka(SMARTCAR).producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    return new Load(producer, bytes);
  }

  /** Stops it. @throws what has stopped it before */
  async close(): Promise<void> {
    this.stopped = true;
    await this.running.finally(() => this.producer.disconnect());
  }

  private async run(): Promise<void> {
    for (let second = Math.ceil(Date.now() / 1000); !this.stopped; second += 1) {
      const date = logDate(second * 1000);
      const rate = this.rate;
      for (let piece = 0; piece < PIECES && !this.stopped; piece += 1) {
        await setTimeout(Math.max(0, second * 1000 + (piece * 1000) / PIECES - Date.now()));
        const cars = Array.from({ length: rate }, (_, car) => car).filter((car) => car % PIECES === piece);
        await this.send(date, cars);
      }
    }
  }

  private async send(date: string, cars: readonly number[]): Promise<void> {
    const most = Math.max(1, Math.floor(MOST_BYTES / this.bytes));
    const requests: Promise<void>[] = [];
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const own = cars.filter((car) => Math.floor(car / PIECES) % PARTITIONS === partition);
      for (let from = 0; from < own.length; from += most) {
        const messages = own.slice(from, from + most).map((car) => ({ partition, ...this.message(date, car) }));
        requests.push(this.taken({ topic: READINGS, acks: -1, messages }));
      }
    }
    await Promise.all(requests);
  }

  private async taken(record: Parameters<Producer["send"]>[0]): Promise<void> {
    // Across a change of leader a send of this client may resolve without an answer: then the records are nowhere.
    const answers = await this.producer.send(record);
    if (!answers.some(({ baseOffset }) => Number(baseOffset) >= 0)) throw new Error("Kafka has not taken the load");
  }

  private message(date: string, car: number): { key: string; value: string } {
    const carNumber = `Z${String(car).padStart(6, "0")}`;
    const line = formatDriverLine({
      date,
      carNumber,
      speedPedal: "1",
      breakPedal: "0",
      steerAngle: "F",
      directLight: "N",
      speed: String(30 + (car % 40)),
      areaNumber: "A01",
    });
    return { key: carNumber, value: padDriverLine(line, this.bytes) };
  }
}
