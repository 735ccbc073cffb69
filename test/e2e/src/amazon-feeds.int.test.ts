import { createLogger } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import { createLedgerClient, type LedgerClient } from "@lastunit/ledger/client";
import { startAmazonSimulator, type SimulatedEvent, type Simulator } from "@lastunit/simulators";
import {
  connectShop,
  planDeployment,
  startTestPostgres,
  type Deployment,
  type Shop,
  type TestPostgres,
} from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buy, LOCATION } from "./marketplace.ts";

const MERCHANT = "acme";
/** A feed takes 1,500 or more; until it is made up calls write a hundred at once and a hundred a second. */
const SKUS = Array.from({ length: 2_100 }, (_, index) => `CAP-${index}`);
const UNITS = 90;
/** A feed that has begun is still under way when it is first asked after, some five seconds later. */
const PROCESSING_MS = 12_000;
const PATIENCE = { timeoutMs: 120_000 };

type Call = Extract<SimulatedEvent, { readonly type: "call" }>;

let postgres: TestPostgres;
let simulator: Simulator;
let deployment: Deployment;
let ledger: LedgerClient;
let store: ReturnType<typeof createPool>;
let shop: Shop<Simulator>;
/** What each listing must come to show. */
const units = new Map(SKUS.map((sku) => [sku, UNITS]));

beforeAll(async () => {
  postgres = await startTestPostgres();
  simulator = await startAmazonSimulator({ scaleLimits: 20, seed: 11, processingMs: PROCESSING_MS });
  const storeDatabaseUrl = await postgres.createDatabase();
  deployment = await planDeployment({
    ledgerDatabaseUrl: await postgres.createDatabase(),
    storeDatabaseUrl,
    channels: [simulator],
  });
  ledger = createLedgerClient({ url: deployment.ledgerUrl, token: deployment.serviceToken });
  const log = createLogger({ name: "test", level: "silent" });
  store = createPool({ connectionString: storeDatabaseUrl, name: "test", log });
  await deployment.start("ledger", "hub", "gateway");
  await ledger.createMerchant(MERCHANT);
  await record("inventory.receiving", SKUS, UNITS);
  // What an import finds is believed where the stock was heard of before: nothing needs to be pushed then.
  const isHeardOf = async () => {
    const { rows } = await store.query("select count(*)::int as n from stock_view");
    return rows[0]?.["n"] === SKUS.length;
  };
  await deployment.until("the stock was heard of", isHeardOf, PATIENCE);
  shop = await connectShop(deployment, simulator, {
    merchantId: MERCHANT,
    locationId: LOCATION,
    skus: SKUS,
    units: UNITS,
  });
  await countBecomes("every listing is imported, and shows what it must", SKUS.length, "shown_quantity = $2", UNITS);
}, 300_000);
afterAll(async () => {
  await store?.end();
  await deployment?.stop();
  await simulator?.stop();
  await postgres?.stop();
});

async function record(type: "inventory.sale" | "inventory.receiving", skus: readonly string[], quantity: number) {
  const timestamp = new Date().toISOString();
  const events = skus.map((sku) => ({
    event_id: `till:${sku}:${type}:${quantity}`,
    event_type: type,
    sku,
    location_id: LOCATION,
    quantity,
    source: "till",
    timestamp,
  }));
  for (let at = 0; at < events.length; at += 1_000) await ledger.append(MERCHANT, events.slice(at, at + 1_000));
}

/** Sold in a shop, which Amazon knows nothing of. */
async function sell(skus: readonly string[], quantity: number): Promise<void> {
  await record("inventory.sale", skus, quantity);
  for (const sku of skus) units.set(sku, (units.get(sku) ?? 0) - quantity);
}

/** A buyer on Amazon buys one unit. */
async function buyOne(sku: string): Promise<void> {
  await buy(shop, [{ sku, quantity: 1 }]);
  units.set(sku, (units.get(sku) ?? 0) - 1);
}

async function countBecomes(description: string, count: number, condition: string, ...values: unknown[]) {
  await deployment.until(
    description,
    async () => {
      const { rows } = await store.query(
        `select count(*)::int as n from sync_state s join listing l using (listing_id) where s.channel_id = $1 and ${condition}`,
        [shop.channelId, ...values],
      );
      if (rows[0]?.["n"] !== count) throw new Error(`${rows[0]?.["n"]} of ${count}`);
      return true;
    },
    PATIENCE,
  );
}

/** Waits for a feed that Amazon has taken. @returns its SKUs. */
async function submitted(): Promise<ReadonlySet<string>> {
  const skus = await deployment.until(
    "a feed is open",
    async () => {
      const { rows } = await store.query(
        `select l.sku from feed f, jsonb_to_recordset(f.pushes) as p(listing_id uuid) join listing l using (listing_id)
         where f.channel_id = $1 and f.external_id is not null`,
        [shop.channelId],
      );
      return rows.length > 0 ? rows.map((row) => String(row["sku"])) : undefined;
    },
    PATIENCE,
  );
  return new Set(skus);
}

const calls = (operation: string): readonly Call[] =>
  simulator
    .history(shop.account)
    .filter((event) => event.type === "call")
    .filter((call) => call.operation === operation);
const lastOf = (operation: string): Call => {
  const call = calls(operation).at(-1);
  if (!call) throw new Error(`${operation} was not called`);
  return call;
};
const skuOf = ({ path }: Call) => decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
/** Patches of these listings that were under way at some moment between two calls. */
const patchesOf = (skus: ReadonlySet<string>, since: Call, until?: Call) =>
  calls("patchListingsItem").filter(
    (call) => skus.has(skuOf(call)) && call.at >= since.startedAt && call.startedAt <= (until?.at ?? Infinity),
  );

async function allShown(): Promise<void> {
  await deployment.until(
    "every listing shows its units",
    () => {
      const shown = new Map(simulator.stock(shop.account).map(({ sku, available }) => [sku, available]));
      const wrong = SKUS.filter((sku) => shown.get(sku) !== units.get(sku));
      if (wrong.length === 0) return true;
      const [sku = ""] = wrong;
      throw new Error(`${wrong.length} are wrong: ${sku} shows ${shown.get(sku)} and must show ${units.get(sku)}`);
    },
    { timeoutMs: 300_000 },
  );
}

/** Many listings change while no worker runs, so that the feed is the first thing it makes. */
async function changeMany(quantity: number): Promise<void> {
  const skus = SKUS.filter((sku) => (units.get(sku) ?? 0) > 0);
  await sell(skus, quantity);
  await countBecomes("all of them are behind", skus.length, "s.shown_quantity is distinct from s.desired_quantity");
  await deployment.start("worker");
}

describe("a seller of whom more listings change than calls can write", { timeout: 600_000 }, () => {
  it("has a feed that Amazon does not begin with taken back for a listing that sold out, and none written beside it", async () => {
    simulator.fault({ account: shop.account, effect: { type: "stick_feed" } });
    await changeMany(2);
    const fed = await submitted();
    expect(fed.size).toBeGreaterThanOrEqual(1_500);
    const [soldOut = "", bought = ""] = fed;
    await buyOne(bought);
    await sell([soldOut], UNITS - 2);
    await deployment.until("it was taken back", () => calls("cancelFeed").length > 0, PATIENCE);
    await allShown();
    const [created, cancelled] = [lastOf("createFeed"), lastOf("cancelFeed")];
    expect(cancelled.status).toBe(200);
    expect(patchesOf(fed, created, cancelled)).toEqual([]);
    // As many go side by side.
    expect(patchesOf(fed, cancelled).slice(0, 20).map(skuOf)).toContain(soldOut);
    expect(calls("createFeed")).toHaveLength(1);
    await countBecomes("nothing is left to push", 0, "s.shown_quantity is distinct from s.desired_quantity");
    await deployment.part("worker").stop();
  });

  it("has a feed worked off that had begun, each listing answered by itself and written by no call meanwhile, then read back", async () => {
    await store.query("update channel set feeds_rest_until = null");
    const [refused = "", soldOut = "", bought = "", heldBack = ""] = SKUS.slice(700);
    // Amazon filed it under another product type after the import.
    await store.query(`update listing set external = external || '{"productType":"SHOE"}' where sku = $1`, [refused]);
    await changeMany(3);
    const fed = await submitted();
    await buyOne(bought);
    await sell([soldOut], UNITS - 5);
    await deployment.until("its report was asked for", () => calls("getFeedDocument").length > 0, PATIENCE);
    await countBecomes("one listing carries Amazon's words", 1, "l.sku = $2 and s.error_code = '90000900'", refused);
    units.set(refused, UNITS - 2);
    await allShown();
    const [created, reported] = [lastOf("createFeed"), lastOf("getFeedDocument")];
    expect(patchesOf(fed, created, reported)).toEqual([]);
    const called = patchesOf(fed, reported).map(skuOf);
    expect(new Set(called.filter((sku) => sku !== refused))).toEqual(new Set([bought, soldOut]));
    // A job of it that was put aside before the feed was made may come back now.
    expect(called.filter((sku) => sku === refused).length).toBeLessThanOrEqual(1);
    expect(calls("cancelFeed").filter(({ startedAt }) => startedAt > created.at)).toMatchObject([{ status: 400 }]);

    // Sold on Amazon, and nothing tells of it but what is read back.
    await buy(shop, [{ sku: heldBack, quantity: 1 }], { notify: { copies: 0 } });
    units.set(heldBack, (units.get(heldBack) ?? 0) - 1);
    await store.query("update sync_state set confirm_at = now() where confirm_at is not null");
    await countBecomes("all of it was read back", 0, "s.confirm_at is not null and l.sku <> $2", heldBack);
    await allShown();
    // The order itself is polled, so Amazon may show what the ledger has yet to hear of.
    await deployment.until(
      "the ledger heard of the sale",
      async () => (await ledger.stock(MERCHANT, [heldBack])).stock[0]?.available === units.get(heldBack),
      PATIENCE,
    );
    await allShown();
  });
});
