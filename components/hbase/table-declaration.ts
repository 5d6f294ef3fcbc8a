/** Ways of HBase to spread the keys at which a new table is split. */
export const SPLIT_ALGORITHMS = ["HexStringSplit", "DecimalStringSplit", "UniformSplit"] as const;

/** A column family; what is left out is HBase's default. */
export interface FamilyDeclaration {
  readonly name: string;
  /** Values of a cell that are kept. @default 1 */
  readonly versions?: number;
  /** How long values are kept. @default for ever */
  readonly ttlSeconds?: number;
  /** @default "NONE" */
  readonly compression?: "NONE" | "GZ";
  /** How keys are stored in blocks; FAST_DIFF suits rows of many columns. @default "NONE" */
  readonly dataBlockEncoding?: "NONE" | "PREFIX" | "DIFF" | "FAST_DIFF";
  /** @default "ROW" */
  readonly bloomFilter?: "NONE" | "ROW" | "ROWCOL";
}

/** A table as it should be. */
export interface TableDeclaration {
  readonly name: string;
  readonly families: readonly FamilyDeclaration[];
  /** How the table is split when it is made; it cannot be changed afterwards. @default one region */
  readonly split?: { readonly algorithm: (typeof SPLIT_ALGORITHMS)[number]; readonly regions: number };
}

const TABLE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const FAMILY_NAME = /^[A-Za-z0-9_]{1,64}$/;
const MOST_REGIONS = 1000;

/** Says in one line what is wrong with declared tables; undefined when nothing is. */
export function tablesProblem(tables: readonly TableDeclaration[]): string | undefined {
  if (tables.length === 0) return "no table is declared";
  const names = tables.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `table ${twice} is declared twice`;
  return tables.map(tableProblem).find((problem) => problem !== undefined);
}

function tableProblem({ name, families, split }: TableDeclaration): string | undefined {
  if (!TABLE_NAME.test(name)) return `"${name}" is no name of a table`;
  if (families.length === 0) return `table ${name} needs a column family`;
  const names = families.map((family) => family.name);
  const wrong = names.find((family) => !FAMILY_NAME.test(family));
  if (wrong !== undefined) return `table ${name}: "${wrong}" is no name of a column family`;
  const twice = names.find((family, index) => names.indexOf(family) !== index);
  if (twice !== undefined) return `table ${name}: family ${twice} is declared twice`;
  for (const { name: family, versions = 1, ttlSeconds = 1 } of families) {
    for (const [key, value] of Object.entries({ versions, ttlSeconds })) {
      if (!Number.isInteger(value) || value < 1) {
        return `table ${name}, family ${family}: ${key} must be a whole number from 1, got ${value}`;
      }
    }
  }
  if (split && !(Number.isInteger(split.regions) && split.regions >= 2 && split.regions <= MOST_REGIONS)) {
    return `table ${name}: a split makes 2 to ${MOST_REGIONS} regions, got ${split.regions}`;
  }
  return undefined;
}
