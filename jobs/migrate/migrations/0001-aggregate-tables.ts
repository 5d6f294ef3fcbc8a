import { aggregateNames } from "../../core/aggregate-tables";
import { name } from "../../core/mysql";
import { aggregateTable, type Migration } from "./migration";

/** The tables of the kappa pipeline, and the view readers use. */
export const aggregateTables: Migration = {
  version: 1,
  name: "aggregate-tables",
  statements: (database) => {
    const columns = "start, end, user_name, count";
    return [
      ...aggregateTable(database, "events_users_v1", "user_name", "text"),
      ...aggregateTable(database, "events_users_v2", "user_name", "text"),
      ...aggregateTable(database, "events_ages", "age", "integer"),
      ...aggregateTable(database, "events_depts", "dept_name", "text"),
      `CREATE TABLE IF NOT EXISTS ${aggregateNames(database, "events_users_v2").recoveries} (
        id VARCHAR(128) NOT NULL PRIMARY KEY, run INT NOT NULL, start_offsets JSON, end_offsets JSON,
        started_at DATETIME NOT NULL, emptied_at DATETIME, caught_up_at DATETIME)`,
      `CREATE SQL SECURITY INVOKER VIEW IF NOT EXISTS ${name(database)}.events_users AS
        SELECT ${columns} FROM ${aggregateNames(database, "events_users_v1").table}`,
    ];
  },
};
