import { createLedgerClient } from "@lastunit/ledger/client";
import { startTestPostgres, type TestPostgres } from "@lastunit/test-support";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask } from "./ask.ts";
import { startLedgerPair, untilReady, type LedgerPair } from "./ledger-pair.ts";

const MERCHANT = "acme";
/** Longer than PostgreSQL keeps its counts back. */
const WAIT_MS = 4_000;
/** A follower that waits, expiry and the counting itself make some fifty. */
const FEW_TRANSACTIONS = 500;

let postgres: TestPostgres;
let pair: LedgerPair;
let superuser: pg.Client;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const databaseUrl = await postgres.createDatabase();
  pair = await startLedgerPair(databaseUrl);
  superuser = new pg.Client(databaseUrl);
  await superuser.connect();
});
afterAll(async () => {
  await superuser.end();
  await pair.stop();
  await postgres.stop();
});

async function transactions(): Promise<number> {
  const { rows } = await superuser.query<{ xact_commit: string }>(
    "select xact_commit from pg_stat_database where datname = current_database()",
  );
  return Number(rows[0]?.xact_commit);
}

function receiving(id: string) {
  return {
    event_id: id,
    event_type: "inventory.receiving" as const,
    sku: "LAMP",
    location_id: "WH1",
    quantity: 1,
    source: "test",
    timestamp: "2026-03-15T14:22:03.412Z",
  };
}

describe("ledgers whose database lost its last events, as a standby that took over may have", () => {
  it("have followers wait at the log's new end (they asked the database without a pause)", async () => {
    const operator = createLedgerClient({ url: pair.urls[0], token: pair.serviceToken });
    await operator.createMerchant(MERCHANT);
    await operator.append(MERCHANT, [receiving("kept"), receiving("lost")]);
    await superuser.query("delete from event where position = 2");
    await superuser.query("update log_head set position = 1, hash = (select hash from event where position = 1)");
    await superuser.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    );
    await untilReady(pair);

    const ahead = { method: "GET", path: "/v1/events?after=2" } as const;
    expect(await ask(pair.urls[0], pair.serviceToken, ahead, { timeoutMs: 5_000 })).toMatchObject({ status: 409 });
    // The listener comes back by itself; until then nobody is woken.
    await operator.events(1, { waitMs: 1_000 });
    const before = await transactions();
    expect(await operator.events(1, { waitMs: WAIT_MS })).toEqual({ events: [], next: 1 });
    expect((await transactions()) - before).toBeLessThan(FEW_TRANSACTIONS);
  });
});
