import { createLogger, createVault, createVaultKey } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import { startLedger, type Ledger } from "@lastunit/ledger";
import { createLedgerClient } from "@lastunit/ledger/client";
import { createQueues, type Queues } from "@lastunit/queues";
import {
  claimPushes,
  createChannel,
  currentPosition,
  ensureMerchant,
  findListings,
  migrateStore,
  rebuildFromLog,
  loadDelivery,
  storeDelivery,
  upsertListings,
  type Channel,
} from "@lastunit/store";
import { freePort, startTestPostgres, until, type TestPostgres } from "@lastunit/test-support";
import type { Pool } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { followOnce } from "../src/follow.ts";
import { startHub, type Hub } from "../src/index.ts";

const log = createLogger({ name: "test", level: "silent" });
const merchantId = "acme";
const serviceToken = "test-service-token";

let postgres: TestPostgres;
let ledgerUrl: string;
let startTheLedger: (database?: string) => Promise<Ledger>;
let ledger: Ledger | undefined;
let store: Pool;
let queues: Queues;
let channel: Channel;
let listingId: string;
const hubs: Hub[] = [];

beforeEach(async () => {
  postgres = await startTestPostgres();
  const [ledgerDatabase, storeDatabase] = [await postgres.createDatabase(), await postgres.createDatabase()];
  const port = await freePort();
  ledgerUrl = `http://127.0.0.1:${port}`;
  startTheLedger = (databaseUrl = ledgerDatabase) =>
    startLedger({
      databaseUrl,
      host: "127.0.0.1",
      port,
      serviceToken,
      bootstrap: { merchantId, token: "test-token" },
      log,
    });
  await migrateStore(storeDatabase, log);
  store = createPool({ connectionString: storeDatabase, name: "test", log });
  queues = await createQueues({ databaseUrl: storeDatabase, log });
  await ensureMerchant(store, createVault(createVaultKey()), merchantId);
  channel = await createChannel(store, {
    merchantId,
    kind: "shopify",
    channelKey: "shopify:acme",
    settings: {},
    defaultLocationId: "WH1",
    pushesInventory: true,
    comparesAndSets: true,
    restocksCancelled: true,
    appliesWithinMs: 0,
    revisionsPerDay: null,
  });
  listingId = await list("A");
});

afterEach(async () => {
  await Promise.all(hubs.splice(0).map((hub) => hub.stop()));
  await queues.close();
  await ledger?.stop();
  ledger = undefined;
  await store.end();
  await postgres.stop();
});

const ledgerClient = () => createLedgerClient({ url: ledgerUrl, token: serviceToken });

async function list(sku: string): Promise<string> {
  const imported = { sku, externalId: sku, externalLocationId: null, external: {}, lineRef: sku, title: sku };
  const { listingIds } = await upsertListings(store, channel, [
    { ...imported, barcode: null, available: null, unsupported: null },
  ]);
  return listingIds[0] ?? "";
}

async function runHub(): Promise<void> {
  hubs.push(await startHub({ store, ledger: ledgerClient(), queues, log }));
}

let received = 0;
async function receive(quantity: number, sku = "A"): Promise<void> {
  received += 1;
  const event = { event_id: `test:${received}`, event_type: "inventory.receiving", sku, location_id: "WH1" } as const;
  const told = { quantity, source: "test", timestamp: new Date().toISOString() };
  await ledgerClient().append(merchantId, [{ ...event, ...told }]);
}

const desired = async (id = listingId) => (await findListings(store, [id]))[0]?.desired;
const waiting = async () => {
  const jobs = await queues.queue(`push.${channel.channelId}`).getJobs(["waiting", "prioritized", "delayed"]);
  return jobs.map((job) => job.data.listingId);
};

describe("the hub", () => {
  it("works out what a channel is offered where whoever revised it has died", async () => {
    ledger = await startTheLedger();
    await runHub();
    await receive(9);
    await until("the event is followed", async () => (await desired()) === 9);
    const all = "00000000-0000-0000-0000-000000000000";
    await store.query("update channel set cap = 3, recompute_after = $1", [all]);
    await until("no listing is left", async () => {
      return (await store.query("select from channel where recompute_after is not null")).rowCount === 0;
    });
    expect(await desired()).toBe(3);
  });

  it("turns an event of the ledger into a push job for the listing, one however many events follow", async () => {
    ledger = await startTheLedger();
    await runHub();
    await receive(3);
    await receive(4);
    await until("both events are followed", async () => (await desired()) === 7);
    expect(await until("the job waits", async () => ((await waiting()).length > 0 ? waiting() : undefined))).toEqual([
      listingId,
    ]);
  });

  it("waits for a ledger that is away, and catches up from the store's checkpoint", async () => {
    await runHub();
    ledger = await startTheLedger();
    await receive(3);
    await until("the event is followed", async () => (await desired()) === 3);
    await ledger.stop();
    ledger = await startTheLedger();
    await receive(1);
    await until("the next event is followed", async () => (await currentPosition(store)) === 2);
    expect(await desired()).toBe(4);
  });

  it("goes on when its database was killed and is back", async () => {
    ledger = await startTheLedger();
    await runHub();
    await receive(3);
    await until("the event is followed", async () => (await desired()) === 3);
    process.kill(postgres.pid, "SIGKILL");
    await postgres.restart();
    await until("the ledger takes events again", () => receive(1).then(() => true));
    // Also those that got no answer, and were taken all the same.
    const told = await ledgerClient().stock(merchantId, ["A"]);
    expect(told.as_of).toBeGreaterThanOrEqual(2);
    await until("they are followed", async () => (await currentPosition(store)) === told.as_of);
    expect(await desired()).toBe(told.stock[0]?.available);
  });

  it("enqueues at its start what a crash between commit and enqueue left behind", async () => {
    ledger = await startTheLedger();
    await runHub();
    await receive(3);
    await until("the event is followed", async () => (await desired()) === 3);
    await Promise.all(hubs.splice(0).map((hub) => hub.stop()));
    await queues.queue(`push.${channel.channelId}`).obliterate({ force: true });
    expect(await waiting()).toEqual([]);
    await runHub();
    await until("the sweep found it", async () => (await waiting()).includes(listingId));
  });

  it("enqueues a delivery that was stored and got lost on its way to the queue", async () => {
    const delivery = { deliveryId: "d1", topic: "orders/create", headers: {}, body: new Uint8Array() };
    const { inboxId } = await storeDelivery(store, channel.channelId, delivery);
    await store.query("update inbox set received_at = now() - interval '1 minute'");
    ledger = await startTheLedger();
    await runHub();
    const jobs = await until("a delivery waits", async () => {
      const found = await queues.queue("inbound").getJobs(["waiting", "prioritized"]);
      return found.length > 0 ? found : undefined;
    });
    expect(jobs.map((job) => job.data)).toEqual([{ version: 1, inboxId }]);
  });

  it("empties the bodies of deliveries that were processed a week ago", async () => {
    const delivery = { deliveryId: "d2", topic: "orders/create", headers: {}, body: Buffer.from("of a buyer") };
    const { inboxId } = await storeDelivery(store, channel.channelId, delivery);
    await store.query("update inbox set status = 'processed', processed_at = now() - interval '8 days'");
    ledger = await startTheLedger();
    await runHub();
    const emptied = await until("it is empty", async () => {
      const found = await loadDelivery(store, inboxId);
      return found?.delivery.body.length === 0 && found;
    });
    expect(emptied).toMatchObject({ status: "processed", delivery: { deliveryId: "d2" } });
  });

  it("has the orders of active channels polled", async () => {
    ledger = await startTheLedger();
    await runHub();
    const schedulers = await until("a channel is scheduled", async () => {
      const found = await queues.queue("poll").getJobSchedulers();
      return found.length > 0 ? found : undefined;
    });
    expect(schedulers.map((scheduler) => scheduler.key)).toEqual([channel.channelId]);
  });

  it("follows beside another hub without a gap or a repeat", async () => {
    ledger = await startTheLedger();
    await Promise.all([runHub(), runHub()]);
    for (let sent = 0; sent < 20; sent += 1) await receive(1);
    await until("all events are followed", async () => (await currentPosition(store)) >= 20);
    expect(await desired()).toBe(20);
  });

  it("replays the log after a rebuild was asked for, and pushes nothing twice", async () => {
    ledger = await startTheLedger();
    await runHub();
    await receive(5);
    await until("the event is followed", async () => (await desired()) === 5);
    await rebuildFromLog(store);
    await until("the log was replayed", async () => (await currentPosition(store)) === 1);
    const { claimed } = await claimPushes(store, channel.channelId, [listingId], 30, {
      atMost: 1,
      soldOutToo: false,
      buckets: { notAmong: [] },
    });
    expect(claimed).toMatchObject([{ quantity: 5, position: 1 }]);
  });

  it("stops at a ledger whose log is not the one it followed, says so, and goes on once it is rebuilt", async () => {
    ledger = await startTheLedger();
    await receive(5);
    await receive(2);
    const enqueuer = { add: () => undefined, idle: () => Promise.resolve() };
    const once = () => followOnce({ store, ledger: ledgerClient(), enqueuer }, new AbortController().signal);
    await once();
    expect(await desired()).toBe(7);
    await ledger.stop();
    // Restored from before anything was recorded.
    ledger = await startTheLedger(await postgres.createDatabase());
    await receive(1);
    await expect(once()).rejects.toThrow(/ends at position 1, before 2.*npx lastunit replay --store --apply/s);
    expect(await currentPosition(store)).toBe(2);
    // Grown past the checkpoint, it would answer with events that follow on others than those that were applied.
    for (const more of [2, 2]) await receive(more);
    await expect(once()).rejects.toThrow(/At position 2 is not the event.*npx lastunit replay --store --apply/s);
    expect(await currentPosition(store)).toBe(2);
    await rebuildFromLog(store, 1);
    await once();
    expect(await desired()).toBe(5);
    await receive(3);
    await once();
    expect(await desired()).toBe(8);
  });
});
