import { createHash } from "node:crypto";
import { createLogger, createVault, createVaultKey } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import { startTestPostgres, type TestPostgres } from "@lastunit/test-support";
import type { Pool } from "pg";
import { beforeAll, beforeEach } from "vitest";
import {
  applyEvents,
  claimPushes,
  createChannel,
  currentPosition,
  ensureMerchant,
  findListings,
  migrateStore,
  settlePushes,
  upsertListings,
  type Channel,
  type ChangedListing,
  type ClaimedPush,
  type Claims,
  type ImportedListing,
  type LedgerEvent,
  type Listing,
  type NewChannel,
  type PushOutcome,
} from "../src/index.ts";

const log = createLogger({ name: "test", level: "silent" });
export const vault = createVault(createVaultKey());
export const merchantId = "acme";

/** A store of a test's own on a fresh database. */
export async function openStore(postgres: TestPostgres): Promise<Pool> {
  const connectionString = await postgres.createDatabase();
  await migrateStore(connectionString, log);
  const pool = createPool({ connectionString, name: "test", max: 8, log });
  await ensureMerchant(pool, vault, merchantId);
  return pool;
}

export { startTestPostgres, type TestPostgres };

/** What `useStore` has opened; only inside a test. */
export interface TestStore {
  readonly pool: Pool;
  readonly ledger: TestLog;
}

/** For the tests of a file: a server of their own, and for each test an empty store and ledger. */
export function useStore(): TestStore {
  return useStoreOpened(beforeEach);
}

/** For the tests of a file: a server, a store and a ledger that they share. */
export function useSharedStore(): TestStore {
  return useStoreOpened(beforeAll);
}

function useStoreOpened(before: typeof beforeAll | typeof beforeEach): TestStore {
  let postgres: TestPostgres | undefined;
  let opened: TestStore | undefined;
  beforeAll(async () => {
    const server = await startTestPostgres();
    postgres = server;
    return () => server.stop();
  });
  before(async () => {
    if (!postgres) throw new Error("there is no server");
    const pool = await openStore(postgres);
    opened = { pool, ledger: new TestLog() };
    return () => pool.end();
  });
  const current = () => {
    if (!opened) throw new Error("a store exists only inside a test");
    return opened;
  };
  return {
    get pool() {
      return current().pool;
    },
    get ledger() {
      return current().ledger;
    },
  };
}

let channels = 0;

export async function connect(pool: Pool, told: Partial<NewChannel> = {}): Promise<Channel> {
  channels += 1;
  return await createChannel(pool, {
    merchantId,
    kind: "shopify",
    channelKey: `shopify:shop-${channels}`,
    settings: {},
    defaultLocationId: "WH1",
    pushesInventory: true,
    comparesAndSets: true,
    restocksCancelled: true,
    appliesWithinMs: 0,
    revisionsPerDay: null,
    ...told,
  });
}

export function imported(sku: string, told: Partial<ImportedListing> = {}): ImportedListing {
  return {
    sku,
    externalId: `external-${sku}`,
    externalLocationId: null,
    external: {},
    lineRef: `ref-${sku}`,
    title: sku,
    barcode: null,
    available: null,
    unsupported: null,
    ...told,
  };
}

/** Adds one listing and returns its id. */
export async function list(
  pool: Pool,
  channel: Channel,
  sku: string,
  told: Partial<ImportedListing> = {},
): Promise<string> {
  const { listingIds } = await upsertListings(pool, channel, [imported(sku, told)]);
  const [listingId] = listingIds;
  if (listingId === undefined) throw new Error("nothing was imported");
  return listingId;
}

export async function listing(pool: Pool, listingId: string): Promise<Listing> {
  const [found] = await findListings(pool, [listingId]);
  if (!found) throw new Error(`no listing ${listingId}`);
  return found;
}

/** A small ledger for tests: keeps balances and writes the events a real one would. */
export class TestLog {
  readonly events: LedgerEvent[] = [];
  readonly #balances = new Map<string, { onHand: number; reserved: number }>();

  receive(sku: string, quantity: number, told: Partial<LedgerEvent> = {}): LedgerEvent {
    return this.add("inventory.receiving", sku, { onHand: quantity, reserved: 0 }, told);
  }

  sell(sku: string, quantity: number, told: Partial<LedgerEvent> = {}): LedgerEvent {
    return this.add("inventory.sale", sku, { onHand: -quantity, reserved: 0 }, told);
  }

  add(
    type: string,
    sku: string,
    change: { readonly onHand: number; readonly reserved: number },
    told: Partial<LedgerEvent> = {},
  ): LedgerEvent {
    const position = this.events.length + 1;
    const locationId = told.location_id ?? "WH1";
    const from = this.#move(sku, locationId, change);
    const to = told.to_location_id
      ? this.#move(sku, told.to_location_id, { onHand: -change.onHand, reserved: 0 })
      : undefined;
    const now = new Date();
    const event: LedgerEvent = {
      position,
      merchant_id: merchantId,
      event_id: `test:${position}`,
      event_type: type,
      sku,
      location_id: locationId,
      to_location_id: null,
      quantity_change: change.onHand || change.reserved,
      on_hand_change: change.onHand,
      reserved_change: change.reserved,
      on_hand: from.onHand,
      reserved: from.reserved,
      available: from.onHand - from.reserved,
      to_on_hand: to?.onHand ?? null,
      to_reserved: to?.reserved ?? null,
      order_id: null,
      reason: null,
      source: "test",
      // After whatever was pushed before; a test that means otherwise says so.
      timestamp: new Date(now.getTime() + 60_000).toISOString(),
      recorded_at: now.toISOString(),
      hash: createHash("sha256").update(`${position}`).digest("hex"),
      ...told,
    };
    this.events.push(event);
    return event;
  }

  #move(sku: string, locationId: string, change: { readonly onHand: number; readonly reserved: number }) {
    const key = JSON.stringify([sku, locationId]);
    const before = this.#balances.get(key) ?? { onHand: 0, reserved: 0 };
    const after = { onHand: before.onHand + change.onHand, reserved: before.reserved + change.reserved };
    this.#balances.set(key, after);
    return after;
  }
}

/** Applies what the log holds beyond the checkpoint. */
export async function follow(pool: Pool, ledger: TestLog): Promise<ChangedListing[]> {
  const after = await currentPosition(pool);
  const events = ledger.events.filter((event) => event.position > after);
  return await applyEvents(pool, events, ledger.events.length);
}

type ClaimOptions = Parameters<typeof claimPushes>[4];

/** Claims these and no others, but for what a test says. */
export function claimAll(
  pool: Pool,
  { channelId }: Channel,
  listingIds: readonly string[],
  { leaseSeconds = 30, ...told }: Partial<ClaimOptions> & { readonly leaseSeconds?: number } = {},
): Promise<Claims> {
  const options = { atMost: listingIds.length, soldOutToo: false, buckets: { notAmong: [] }, ...told };
  return claimPushes(pool, channelId, listingIds, leaseSeconds, options);
}

export async function claim(pool: Pool, channel: Channel, listingId: string): Promise<ClaimedPush> {
  const { claimed } = await claimAll(pool, channel, [listingId]);
  const [first] = claimed;
  if (!first) throw new Error("nothing was claimed");
  return first;
}

export async function settle(
  pool: Pool,
  claimed: ClaimedPush,
  outcome: PushOutcome,
  told: { readonly requestedAt?: Date; readonly answeredAt?: Date } = {},
): Promise<void> {
  const { listingId, lease, quantity, position, recordedAt } = claimed;
  const times = { requestedAt: told.requestedAt ?? new Date(), answeredAt: told.answeredAt ?? new Date() };
  await settlePushes(pool, [{ listingId, lease, quantity, position, recordedAt, ...times, outcome }]);
}

/** Claims and has the channel take it. */
export async function push(pool: Pool, channel: Channel, listingId: string): Promise<ClaimedPush> {
  const claimed = await claim(pool, channel, listingId);
  await settle(pool, claimed, { status: "accepted" });
  return claimed;
}
