/** Static tables by key. */
export interface Tables {
  readonly names: ReadonlyMap<number, string>;
  readonly depts: ReadonlyMap<number, string>;
}

/** Columns that an event's id determines, in the order of the datasources. */
export interface Columns {
  readonly user_id: number;
  readonly user_name: string;
  readonly dept_name: string;
  readonly gender: string;
  readonly age: number;
}

/** The columns of an id, with nothing of the code that makes them. Remainders have the sign of the id. */
export function columnsOf(id: bigint, { names, depts }: Tables): Columns {
  const user_id = Number(id % 10n);
  return {
    user_id,
    user_name: names.get(user_id) ?? "Unknown Name",
    dept_name: depts.get(Number(id % 5n)) ?? "Unknown Dept",
    gender: id % 2n === 0n ? "남성" : "여성",
    age: Number(id % 100n) + 1,
  };
}
