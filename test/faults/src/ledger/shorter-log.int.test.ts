import { createLedgerClient } from "@lastunit/ledger/client";
import { startTestPostgres, until, type TestPostgres } from "@lastunit/test-support";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask } from "./ask.ts";
import { startLedgerPair, untilReady } from "./ledger-pair.ts";
import { planted } from "../planted/index.ts";
import { receiving } from "./receiving.ts";

const MERCHANT = "acme";
/** Longer than PostgreSQL keeps its counts back. */
const WAIT_MS = 4_000;
/** A follower that waits, expiry and the counting itself make some fifty; one that does not wait, thousands. */
const FEW_TRANSACTIONS = 250;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

/** What followers meet at ledgers whose database has lost the second of its two events. */
async function afterTheLoss(environment?: Readonly<Record<string, string>>) {
  const databaseUrl = await postgres.createDatabase();
  const pair = await startLedgerPair(databaseUrl, environment);
  const superuser = new pg.Client(databaseUrl);
  await superuser.connect();
  try {
    const operator = createLedgerClient({ url: pair.urls[0], token: pair.serviceToken });
    await operator.createMerchant(MERCHANT);
    await operator.append(MERCHANT, [receiving("kept"), receiving("lost")]);
    await loseTheLastEvent(superuser);
    // Until both hear of commits again they go by the end of the log that they remember.
    await until("the ledgers have connected anew", () => haveConnectedAnew(superuser), { timeoutMs: 60_000 });
    await untilReady(pair);

    const request = { method: "GET", path: "/v1/events?after=2" } as const;
    const ahead = await ask(pair.urls[0], pair.serviceToken, request, { timeoutMs: 5_000 });
    const before = await transactions(superuser);
    const atTheEnd = await operator.events(1, { waitMs: WAIT_MS });
    return { ahead: ahead?.status, atTheEnd, transactions: (await transactions(superuser)) - before };
  } finally {
    await superuser.end();
    await pair.stop();
  }
}

async function loseTheLastEvent(superuser: pg.Client): Promise<void> {
  await superuser.query("delete from event where position = 2");
  await superuser.query("update log_head set position = 1, hash = (select hash from event where position = 1)");
  await superuser.query("create table lost_connection as select pid, backend_start from pg_stat_activity");
  await superuser.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
  );
}

/** Whether the connections that were cut are gone, and both ledgers have asked where the log ends over a new one. */
async function haveConnectedAnew(superuser: pg.Client): Promise<boolean> {
  const { rows } = await superuser.query(
    `select from pg_stat_activity
     where datname = current_database() and application_name = 'lastunit-ledger-writer' and state = 'idle'
       and query like 'select position%' and (pid, backend_start) not in (select pid, backend_start from lost_connection)`,
  );
  return rows.length === 2;
}

async function transactions(superuser: pg.Client): Promise<number> {
  const { rows } = await superuser.query<{ xact_commit: string }>(
    "select xact_commit from pg_stat_database where datname = current_database()",
  );
  return Number(rows[0]?.xact_commit);
}

describe("ledgers whose database lost its last events, as a standby that took over may have", () => {
  it("have followers wait at the log's new end (they asked the database without a pause), and tell who is ahead", async () => {
    const met = await afterTheLoss();
    expect(met).toEqual({ ahead: 409, atTheEnd: { events: [], next: 1 }, transactions: expect.any(Number) });
    expect(met.transactions).toBeLessThan(FEW_TRANSACTIONS);
  });

  it("would be seen to let who is ahead wait, did they", async () => {
    expect((await afterTheLoss(planted("lets who is ahead wait").environment)).ahead).toBe(200);
  });

  it("would be seen to ask without a pause, did they remember the end of the lost log", async () => {
    const met = await afterTheLoss(planted("remembers the end of the lost log").environment);
    expect(met.transactions).toBeGreaterThan(FEW_TRANSACTIONS);
  });
});
