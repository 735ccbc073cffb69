import { createLogger } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import { startTestPostgres, type TestPostgres } from "@lastunit/test-support";
import type { Pool } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { beat, isBeating, migrateStore } from "../src/index.ts";

let postgres: TestPostgres;
let store: Pool;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const connectionString = await postgres.createDatabase();
  const log = createLogger({ name: "test", level: "silent" });
  await migrateStore(connectionString, log);
  store = createPool({ connectionString, name: "test", log });
});
afterAll(async () => {
  await store.end();
  await postgres.stop();
});

it("a part is beating from its first beat until 15 seconds after its last, each part for itself", async () => {
  expect(await isBeating(store, "hub")).toBe(false);
  await beat(store, "hub");
  await beat(store, "hub");
  expect(await isBeating(store, "hub")).toBe(true);
  expect(await isBeating(store, "worker")).toBe(false);
  await store.query("update heartbeat set beat_at = now() - interval '16 seconds'");
  expect(await isBeating(store, "hub")).toBe(false);
});

it("beats of another machine say nothing of this one", async () => {
  await store.query("insert into heartbeat (part, host, beat_at) values ('worker', 'elsewhere', now())");
  expect(await isBeating(store, "worker")).toBe(false);
});
