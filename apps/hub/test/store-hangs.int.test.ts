import { createLogger } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import { createLedgerClient } from "@lastunit/ledger/client";
import { currentPosition } from "@lastunit/store";
import {
  createFreezer,
  planDeployment,
  startTestPostgres,
  type Deployment,
  type TestPostgres,
} from "@lastunit/test-support";
import type { Pool } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

const PARTS = ["hub", "worker", "gateway"] as const;
/** docs/operations.md: all is stopped within 10 seconds. */
const STOP_MS = 10_000;
/** What a busy machine adds. */
const BUSY_MS = 3_000;

let ledgerServer: TestPostgres;
let storeServer: TestPostgres;
let deployment: Deployment;
let store: Pool;
const freezer = createFreezer();

beforeAll(async () => {
  [ledgerServer, storeServer] = await Promise.all([startTestPostgres(), startTestPostgres()]);
  const storeDatabaseUrl = await storeServer.createDatabase();
  const ledgerDatabaseUrl = await ledgerServer.createDatabase();
  deployment = await planDeployment({ ledgerDatabaseUrl, storeDatabaseUrl, channels: [] });
  const log = createLogger({ name: "test", level: "silent" });
  store = createPool({ connectionString: storeDatabaseUrl, name: "test", max: 1, log });
});

afterEach(async () => {
  freezer.letGo();
  await deployment.stop();
});

afterAll(async () => {
  await store.end();
  await Promise.all([ledgerServer.stop(), storeServer.stop()]);
});

async function serverProcesses(application: string): Promise<readonly number[]> {
  const { rows } = await store.query<{ pid: number }>(
    "select pid from pg_stat_activity where application_name like $1 and pid <> pg_backend_pid()",
    [application],
  );
  return rows.map(({ pid }) => pid);
}

const seconds = async (work: Promise<unknown>): Promise<number> => {
  const before = performance.now();
  await work;
  return (performance.now() - before) / 1_000;
};

describe("a store that hangs", () => {
  it("does not stop the hub for good when only its connections do (it stood still): it takes new ones", async () => {
    await deployment.start("ledger");
    await deployment.start("hub");
    const ledger = createLedgerClient({ url: deployment.ledgerUrl, token: deployment.serviceToken });
    await ledger.createMerchant("acme");
    const timestamp = new Date().toISOString();
    const event = {
      event_type: "inventory.receiving",
      sku: "A",
      location_id: "WH1",
      quantity: 1,
      source: "test",
    } as const;
    await ledger.append("acme", [{ ...event, event_id: "before", timestamp }]);
    await deployment.until("the hub follows", async () => (await currentPosition(store)) === 1);
    freezer.freeze(await serverProcesses("lastunit-store"));
    await ledger.append("acme", [{ ...event, event_id: "during", timestamp }]);
    // Each hung connection that is idle fails one query, after 15 seconds.
    const followsAgain = async () => (await currentPosition(store)) === 2;
    await deployment.until("it follows again", followsAgain, { timeoutMs: 180_000 });
    expect(deployment.part("hub").isRunning()).toBe(true);
  }, 300_000);

  it("keeps no part from stopping in the time that is written down", async () => {
    await deployment.start("ledger");
    await deployment.start(...PARTS);
    freezer.freeze([storeServer.pid, ...(await serverProcesses("%"))]);
    // By then whatever each part asks again and again hangs as well.
    const isNoticed = async () => (await fetch(`${deployment.gatewayUrl}/health/ready`)).status === 503;
    await deployment.until("it is noticed", isNoticed);
    const took = await Promise.all(PARTS.map((part) => seconds(deployment.part(part).stop())));
    expect(Math.max(...took)).toBeLessThan((STOP_MS + BUSY_MS) / 1_000);
    expect(PARTS.filter((part) => deployment.part(part).isRunning())).toEqual([]);
  });
});
