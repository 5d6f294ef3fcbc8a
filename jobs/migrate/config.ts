import { z } from "zod";
import { mysqlSchema } from "../core/config";

const account = z.strictObject({
  user: z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, "must be a lower-case name of at most 32 characters"),
  passwordFile: z.string().min(1),
});

/** Config of the job `migrate`. */
export const migrateSchema = z
  .strictObject({
    /** An account that may create schemas and accounts. `database` is the one the readers' tables are in. */
    mysql: mysqlSchema,
    /** Fills the tables, reads them, moves the readers' view: `scott`. */
    app: account,
    /** May write events_users_v2 and no other table. */
    recover: account,
    /** Accounts of other servers, each with all rights on the database of its own name, which is made for it. */
    owners: z.array(account).default([]),
    /** How long to wait for MySQL to answer at all. @default 120 */
    waitSeconds: z.int().min(0).max(3600).default(120),
  })
  .refine(({ mysql, app, recover, owners }) => differ([mysql, app, recover, ...owners].map(({ user }) => user)), {
    message: "mysql.user, app.user, recover.user and owners[].user must be different accounts",
  })
  .refine(({ mysql, owners }) => !owners.some(({ user }) => user === mysql.database), {
    message: "owners[].user must not be the name of mysql.database, which is the app's",
  });

function differ(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}

/** The config as it is written; keys with a default may be left out. */
export type MigrateConfig = z.input<typeof migrateSchema>;
/** The config as the job sees it. */
export type MigrateSettings = z.output<typeof migrateSchema>;
