import { type Checkpoint, clockOf, encodeMetadata } from "./checkpoint";
import type { Rejection, StageEvent } from "./event";
import { type EventClock, isClosed, isLate, newClock, newestOfAll, observe, type WindowRule } from "./watermark";
import { windowStart } from "./window";

/** A count that is complete: it holds every record of its row from the log's start to the state's offset. */
interface Cell {
  count: number;
  late: number;
  /** Changed since the last write. */
  dirty: boolean;
}

/** A window in memory, and where the log has to be read from to rebuild it. */
interface OpenWindow {
  readonly first: { readonly offset: number; readonly newest: readonly (readonly [number, number])[] };
  /** Cells by key, per table. */
  readonly cells: readonly Map<string, Cell>[];
}

/** Records for a row that has left memory: MySQL's value up to its position counts, and these from there on. */
interface Revisit {
  readonly counted: number[];
  readonly late: number[];
}

/** What one partition's records have come to. Made by {@link restore}, moved on by {@link step}. */
export interface PartitionState {
  readonly partition: number;
  readonly rule: WindowRule;
  readonly ruleName: string;
  /** Per table, the first offset it counts: everything before was counted under another rule. */
  readonly from: readonly number[];
  /** Offset of the next record. */
  next: number;
  /** Offsets of the records set aside since the last write. */
  rejected: number[];
  readonly clock: EventClock;
  readonly open: Map<number, OpenWindow>;
  /** Per table, by window start, by key. */
  readonly revisits: readonly Map<number, Map<string, Revisit>>[];
  /** Offsets of `from` still ahead: on reaching one, every window seen so far may hold records of the old rule. */
  switches: number[];
}

/** What became of a record. */
export type Effect = "counted" | "late" | "before" | Rejection;

/** A row to be written: absolute, exact at the state's offset. */
export interface Row {
  readonly start: number;
  readonly key: string;
  readonly count: number;
  readonly late: number;
}

/** A row that is added to: offsets of its records since it left memory. */
export interface RevisitedRow extends Revisit {
  readonly start: number;
  readonly key: string;
}

/** Rows of one table that changed in one partition. */
export interface Changes {
  readonly rows: readonly Row[];
  readonly revisited: readonly RevisitedRow[];
}

/**
 * The state of a partition at a checkpoint, or at the log's first offset when there is none.
 * @param from per table, the first offset it counts @see PartitionState
 */
export function restore(
  partition: number,
  checkpoint: Checkpoint | undefined,
  first: number,
  rule: WindowRule,
  ruleName: string,
  from: readonly number[],
): PartitionState {
  const next = checkpoint?.offset ?? first;
  const sameRule = checkpoint?.rule === ruleName;
  const state: PartitionState = {
    partition,
    rule,
    ruleName,
    from,
    next,
    rejected: [],
    clock: checkpoint ? clockOf(checkpoint) : newClock(),
    open: new Map(),
    revisits: from.map(() => new Map()),
    switches: [...new Set(from)].filter((offset) => offset > next || (offset > 0 && !sameRule)).sort((a, b) => a - b),
  };
  passSwitches(state);
  return state;
}

/**
 * Moves the state on by one record; depends on the state and the record alone. The state is changed in place (a copy per
 * record would cost more than everything else).
 */
export function step(state: PartitionState, offset: number, event: StageEvent | Rejection): Effect {
  if (typeof event === "string") {
    state.rejected.push(offset);
    return advance(state, offset, event);
  }
  const { rule, clock } = state;
  const start = windowStart(event.timeMs, rule.sizeMs);
  const end = start + rule.sizeMs;
  const late = isLate(clock, event.source, end, rule);
  let effect: Effect = "before";
  let window = state.open.get(start);
  for (let table = 0; table < state.from.length; table += 1) {
    const from = state.from[table] ?? 0;
    if (offset < from) continue;
    effect = late ? "late" : "counted";
    const key = event.keys[table] ?? "";
    if (!window && !isClosed(clock, end)) {
      window = openWindow(state, offset);
      state.open.set(start, window);
    }
    // A window that was opened before the table's own start may lack records the table has.
    if (window && window.first.offset >= from) addTo(cellOf(window, table, key), late);
    else revisitOf(state, table, start, key)[late ? "late" : "counted"].push(offset);
  }
  observe(clock, event.source, event.timeMs, rule);
  return advance(state, offset, effect);
}

/** Moves over offsets that hold no records (control records, compacted ones). */
export function skipTo(state: PartitionState, next: number): void {
  state.next = Math.max(state.next, next);
  passSwitches(state);
}

/** What has to be written for each table to be exact at the state's offset. */
export function changes(state: PartitionState): Changes[] {
  return state.from.map((_, table) => {
    const rows: Row[] = [];
    for (const [start, window] of state.open) {
      for (const [key, cell] of window.cells[table] ?? []) {
        if (cell.dirty) rows.push({ start, key, count: cell.count, late: cell.late });
      }
    }
    const revisited: RevisitedRow[] = [];
    for (const [start, keys] of state.revisits[table] ?? []) {
      for (const [key, revisit] of keys) revisited.push({ start, key, ...revisit });
    }
    return { rows, revisited };
  });
}

/**
 * To be called when MySQL is exact at the state's offset or further on: nothing is left to write, and closed windows leave
 * memory.
 */
export function settle(state: PartitionState): void {
  for (const [start, window] of state.open) {
    if (isClosed(state.clock, start + state.rule.sizeMs)) state.open.delete(start);
    else for (const cells of window.cells) for (const cell of cells.values()) cell.dirty = false;
  }
  for (const table of state.revisits) table.clear();
  state.rejected = [];
}

/** What may be committed after {@link settle}: the first record of the oldest window in memory, and the clock there. */
export function checkpointOf(state: PartitionState): { offset: number; metadata: string } {
  let oldest: OpenWindow["first"] | undefined;
  for (const { first } of state.open.values()) if (!oldest || first.offset < oldest.offset) oldest = first;
  const newest = new Map(oldest?.newest ?? state.clock.newest);
  const metadata = encodeMetadata({ newest, closedUpTo: state.clock.closedUpTo, rule: state.ruleName });
  return { offset: oldest?.offset ?? state.next, metadata };
}

function advance(state: PartitionState, offset: number, effect: Effect): Effect {
  state.next = offset + 1;
  if (state.switches.length > 0) passSwitches(state);
  return effect;
}

function passSwitches(state: PartitionState): void {
  for (let offset = state.switches[0]; offset !== undefined && state.next >= offset; offset = state.switches[0]) {
    state.switches.shift();
    const newest = newestOfAll(state.clock);
    if (!Number.isFinite(newest)) continue;
    const end = windowStart(newest, state.rule.sizeMs) + state.rule.sizeMs;
    state.clock.closedUpTo = Math.max(state.clock.closedUpTo, end);
  }
}

function openWindow(state: PartitionState, offset: number): OpenWindow {
  return {
    first: { offset, newest: [...state.clock.newest] },
    cells: state.from.map(() => new Map()),
  };
}

function cellOf(window: OpenWindow, table: number, key: string): Cell {
  const cells = window.cells[table];
  const found = cells?.get(key);
  if (found) return found;
  const made = { count: 0, late: 0, dirty: true };
  cells?.set(key, made);
  return made;
}

function addTo(cell: Cell, late: boolean): void {
  if (late) cell.late += 1;
  else cell.count += 1;
  cell.dirty = true;
}

function revisitOf(state: PartitionState, table: number, start: number, key: string): Revisit {
  const windows = state.revisits[table] ?? new Map<number, Map<string, Revisit>>();
  let keys = windows.get(start);
  if (!keys) {
    keys = new Map();
    windows.set(start, keys);
  }
  let revisit = keys.get(key);
  if (!revisit) {
    revisit = { counted: [], late: [] };
    keys.set(key, revisit);
  }
  return revisit;
}
