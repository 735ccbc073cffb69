import { fileURLToPath } from "node:url";
import { createLogger } from "@lastunit/config";
import { createPool, migrate } from "@lastunit/config/postgres";
import { startTestPostgres, until, type TestPostgres } from "@lastunit/test-support";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecordEvent } from "../domain/commands.ts";
import { createGroupCommit, type GroupCommit } from "./group-commit.ts";
import { recordEvents } from "./work.ts";

const log = createLogger({ name: "test", level: "silent" });
let postgres: TestPostgres;
let pool: pg.Pool;
let commit: GroupCommit;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const connectionString = await postgres.createDatabase();
  const directory = fileURLToPath(new URL("../../migrations", import.meta.url));
  await migrate({ connectionString, directory, log });
  pool = createPool({ connectionString, name: "test", log });
  commit = createGroupCommit({ connectionString, log, onCommit: () => undefined });
});

afterAll(async () => {
  await commit.close();
  await pool.end();
  await postgres.stop();
});

function received(eventId: string): RecordEvent {
  return {
    type: "RecordEvent",
    merchantId: "acme",
    eventId,
    eventType: "inventory.receiving",
    sku: "A",
    locationId: "WH1",
    toLocationId: null,
    quantity: 1,
    setOnHand: null,
    reservationId: null,
    orderId: null,
    reason: null,
    source: "test",
    occurredAt: 0,
    policy: "record",
  };
}

async function scans(index: string): Promise<number> {
  const found = await pool.query<{ scans: number }>(
    "select idx_scan as scans from pg_stat_user_indexes where indexrelname = $1",
    [index],
  );
  return found.rows[0]?.scans ?? -1;
}

describe("the writer's plans", () => {
  it("look event ids up in their own index, although they were made while the log was empty", async () => {
    // Once, an id was looked for among all the merchant's events, and a batch took seconds.
    for (let batch = 0; batch < 20; batch += 1) {
      await commit.submit(recordEvents(Array.from({ length: 50 }, (_, index) => received(`${batch}:${index}`))));
    }
    await until("the server has counted them", async () => (await scans("event_once")) >= 1_000);

    expect(await scans("event_by_balance")).toBe(0);
  });
});
