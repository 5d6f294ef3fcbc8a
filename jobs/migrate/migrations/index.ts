import { aggregateTables } from "./0001-aggregate-tables";
import type { Migration } from "./migration";

/** All migrations, oldest first. New ones go to the end. */
export const migrations: readonly Migration[] = [aggregateTables];
