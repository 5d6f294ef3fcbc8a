import { EventReader } from "../../jobs/aggregate/event";
import { Enricher } from "../../jobs/enrich/enrich";
import { LARGE_VALUES } from "./large-values";

// Run with a small heap by large-values.test.ts: one line for each value, what enrich and aggregate make of it.
const enricher = new Enricher({ names: [], depts: [] });
const reader = new EventReader([{ table: "users", column: "user_name", field: "user_name", type: "text" }], 300_000);
const origin = { topic: "events", partition: 0, offset: 0, timestamp: Date.UTC(2026, 10, 22), key: null, headers: {} };

for (const [name, make] of Object.entries(LARGE_VALUES)) {
  const value = Buffer.from(make());
  const enriched = enricher.enrich(value);
  const counted = reader.read({ ...origin, value });
  const said = [enriched, counted].map((made) => (typeof made === "string" ? made : "event"));
  console.log(JSON.stringify([name, ...said]));
}
