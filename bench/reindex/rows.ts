/** Columns that make a group, as SQL. The texts are compared themselves: some have equal lengths. */
const GROUP = {
  hour: `TIME_FLOOR("__time", 'PT1H')`,
  user_id: '"user_id"',
  user_name: '"user_name"',
  dept_name: '"dept_name"',
  gender: '"gender"',
  hello: '"hello"',
} as const;

/**
 * What is known of a group's rows, as SQL. The checksum holds each id to its own time and age: sums alone stay the same
 * when two rows swap them. Its modulus keeps it far below 2^53, up to which JSON's numbers are exact.
 */
const KNOWN = {
  rows: "COUNT(*)",
  ids: 'SUM("id")',
  ages: 'SUM("age")',
  checksum: 'SUM(MOD("id" * (TIMESTAMP_TO_MILLIS("__time") / 1000 + "age"), 1000003))',
} as const;

/** Rows of one hour with the same texts. */
export type Group = Readonly<Record<Exclude<keyof typeof GROUP, "user_id">, string | null>> &
  Readonly<Record<"user_id" | keyof typeof KNOWN, number>>;

/** Asks for the groups of a datasource between two instants, which are the values of its two `?`. */
export function groupsSql(datasource: string): string {
  const columns = Object.entries({ ...GROUP, ...KNOWN }).map(([name, sql]) => `${sql} AS "${name}"`);
  return `SELECT ${columns.join(", ")} FROM "${datasource}"
    WHERE "__time" >= TIME_PARSE(?) AND "__time" < TIME_PARSE(?)
    GROUP BY ${Object.values(GROUP).join(", ")}`;
}

/** The first group that both have not alike, or that there is none at all; undefined when they have the same rows. */
export function difference(ours: readonly Group[], theirs: readonly Group[]): string | undefined {
  if (ours.length === 0 && theirs.length === 0) return "neither has a row";
  const [left, right] = [byGroup(ours), byGroup(theirs)];
  const first = [...new Set([...left.keys(), ...right.keys()])].sort().find((key) => left.get(key) !== right.get(key));
  if (first === undefined) return undefined;
  return `${first}: ours ${left.get(first) ?? "none"}, Spark's ${right.get(first) ?? "none"}`;
}

/** How many rows the groups have. */
export function rowsIn(groups: readonly Group[]): number {
  return groups.reduce((total, { rows }) => total + rows, 0);
}

/** What is known of each group, by what makes it one. */
function byGroup(groups: readonly Group[]): Map<string, string> {
  return new Map(groups.map((group) => [shown(group, GROUP), shown(group, KNOWN)]));
}

function shown(group: Group, columns: Partial<Record<keyof Group, string>>): string {
  return JSON.stringify(Object.fromEntries(Object.keys(columns).map((name) => [name, group[name as keyof Group]])));
}
