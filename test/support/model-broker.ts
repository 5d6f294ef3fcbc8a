import type { Scheduler } from "fast-check";
import type { TransactionalWriter, TransactionOffsets } from "../../jobs/core/kafka-api";
import type { OutRecord, PartitionWrite } from "../../jobs/core/record";

/** What becomes of a request: it works, never arrives, its answer is lost, or it arrives some time after the sender gave up. */
export type Fate = "works" | "request-lost" | "answer-lost" | "late";

interface Transaction {
  records: { target: string; record: OutRecord }[];
  offsets: TransactionOffsets[];
}

interface Owner {
  epoch: number;
  open: Transaction | undefined;
}

/**
 * Kafka's transactions, as far as exactly-once depends on them: an epoch per transactional id, raised by every new writer;
 * requests of an older epoch are refused; opening a writer aborts what was open. Requests of all clients take effect in
 * the order the scheduler chooses.
 */
export class ModelBroker {
  /** Committed records by `topic/partition`, in the order of their commits. */
  readonly committed = new Map<string, OutRecord[]>();
  private readonly offsets = new Map<string, number>();
  private readonly owners = new Map<string, Owner>();
  private readonly stragglers: Promise<unknown>[] = [];

  constructor(
    private readonly scheduler: Scheduler,
    private readonly fate: () => Fate,
  ) {}

  /** A request: runs `effect` when the scheduler comes to it, unless its fate is another. */
  async request<T>(name: string, effect: () => T): Promise<T> {
    const fate = this.fate();
    const arrives = () => this.scheduler.schedule(Promise.resolve(), name).then(effect);
    if (fate === "request-lost") {
      await this.scheduler.schedule(Promise.resolve(), `${name} (lost)`);
      throw new Error(`${name}: no answer`);
    }
    if (fate === "late") {
      this.stragglers.push(arrives().catch(() => undefined));
      throw new Error(`${name}: no answer yet`);
    }
    const answer = await arrives();
    if (fate === "answer-lost") throw new Error(`${name}: the answer was lost`);
    return answer;
  }

  /** Resolves when every late request has arrived. */
  async settled(): Promise<void> {
    await Promise.all(this.stragglers);
  }

  position(groupId: string, topic: string, partition: number): number {
    return this.offsets.get(`${groupId}/${topic}/${partition}`) ?? 0;
  }

  async open(transactionalId: string): Promise<TransactionalWriter> {
    const epoch = await this.request(`init ${transactionalId}`, () => {
      const owner = this.owners.get(transactionalId) ?? { epoch: -1, open: undefined };
      owner.epoch += 1;
      owner.open = undefined; // aborted
      this.owners.set(transactionalId, owner);
      return owner.epoch;
    });
    let usable = true;
    return {
      transact: async (writes, offsets) => {
        if (!usable) throw new Error("a writer was used after a failure");
        usable = false;
        await this.transact(transactionalId, epoch, writes, offsets);
        usable = true;
      },
      close: async () => {
        usable = false;
      },
    };
  }

  private async transact(
    id: string,
    epoch: number,
    writes: readonly PartitionWrite[],
    offsets: TransactionOffsets | undefined,
  ): Promise<void> {
    for (const { topic, partition, records } of writes) {
      await this.request(`write ${id}`, () => {
        const open = this.openTransaction(id, epoch);
        for (const record of records) open.records.push({ target: `${topic}/${partition}`, record });
      });
    }
    if (offsets) await this.request(`offsets ${id}`, () => void this.openTransaction(id, epoch).offsets.push(offsets));
    await this.request(`commit ${id}`, () => this.commit(id, epoch));
  }

  private openTransaction(id: string, epoch: number): Transaction {
    const owner = this.owner(id, epoch);
    owner.open ??= { records: [], offsets: [] };
    return owner.open;
  }

  private commit(id: string, epoch: number): void {
    const owner = this.owner(id, epoch);
    for (const { target, record } of owner.open?.records ?? []) {
      this.committed.set(target, [...(this.committed.get(target) ?? []), record]);
    }
    for (const { groupId, topic, partition, offset } of owner.open?.offsets ?? []) {
      this.offsets.set(`${groupId}/${topic}/${partition}`, offset);
    }
    owner.open = undefined;
  }

  private owner(id: string, epoch: number): Owner {
    const owner = this.owners.get(id);
    if (owner?.epoch !== epoch) throw new Error(`${id} was fenced off`);
    return owner;
  }
}
