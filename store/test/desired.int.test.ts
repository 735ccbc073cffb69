import fc from "fast-check";
import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  recomputeChannel,
  recomputeListings,
  saveListingSettings,
  setChannelLocations,
  upsertListings,
} from "../src/index.ts";
import {
  connect,
  follow,
  imported,
  list,
  listing,
  merchantId,
  openStore,
  startTestPostgres,
  TestLog,
  type TestPostgres,
} from "./fixtures.ts";

let postgres: TestPostgres;
let pool: Pool;
let ledger: TestLog;

beforeAll(async () => {
  postgres = await startTestPostgres();
  pool = await openStore(postgres);
  ledger = new TestLog();
});
afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

let skus = 0;
const newSku = () => `SKU-${(skus += 1)}`;

describe("the desired quantity", () => {
  it("follows its formula for any stock and allocation, and keeps its terms", async () => {
    const units = fc.integer({ min: 0, max: 50 });
    const input = fc.record({
      here: fc.integer({ min: -20, max: 100 }),
      there: fc.integer({ min: -20, max: 100 }),
      elsewhere: units,
      safetyStock: units,
      shareTenThousandths: fc.integer({ min: 0, max: 10_000 }),
      minimum: units,
      cap: fc.option(units),
      paused: fc.boolean(),
    });
    const channel = await connect(pool);
    await setChannelLocations(pool, channel.channelId, [
      { locationId: "WH1", externalLocationId: null },
      { locationId: "WH2", externalLocationId: null },
    ]);
    await fc.assert(
      fc.asyncProperty(input, async (given) => {
        const sku = newSku();
        const listingId = await list(pool, channel, sku);
        const share = given.shareTenThousandths / 10_000;
        const { safetyStock, minimum, cap, paused } = given;
        await saveListingSettings(pool, listingId, { safetyStock, share, minimum, cap, paused });
        ledger.receive(sku, given.here);
        ledger.receive(sku, given.there, { location_id: "WH2" });
        ledger.receive(sku, given.elsewhere, { location_id: "WH9" });
        await follow(pool, ledger);

        const found = await listing(pool, listingId);
        expect(found.desired).toBe(model(given));
        expect(found.desiredTerms).toMatchObject({
          available: given.here + given.there,
          locations: { WH1: given.here, WH2: given.there },
          safety_stock: safetyStock,
          share,
          minimum,
          cap,
          paused,
        });
      }),
      { numRuns: 60 },
    );
  });

  function model(given: {
    readonly here: number;
    readonly there: number;
    readonly safetyStock: number;
    readonly shareTenThousandths: number;
    readonly minimum: number;
    readonly cap: number | null;
    readonly paused: boolean;
  }): number {
    const available = given.here + given.there;
    if (given.paused || available <= 0) return 0;
    // Whole numbers all the way, as numeric in SQL: no binary fraction may round a unit away.
    const offered = Math.floor(((available - given.safetyStock) * given.shareTenThousandths) / 10_000);
    const floored = Math.max(offered, Math.min(given.minimum, available));
    return given.cap === null ? floored : Math.min(floored, given.cap);
  }

  it("comes from the default location while no locations are set", async () => {
    const sku = newSku();
    const listingId = await list(pool, await connect(pool), sku);
    ledger.receive(sku, 7);
    ledger.receive(sku, 9, { location_id: "WH2" });
    await follow(pool, ledger);
    expect((await listing(pool, listingId)).desired).toBe(7);
  });

  it("comes from the locations mapped to the listing's own location on the channel, and those mapped to all", async () => {
    const sku = newSku();
    const channel = await connect(pool);
    const listingId = await list(pool, channel, sku, { externalLocationId: "node-1" });
    const unmapped = await list(pool, channel, sku, { externalLocationId: "node-3" });
    ledger.receive(sku, 7, { location_id: "WH1" });
    ledger.receive(sku, 20, { location_id: "WH2" });
    ledger.receive(sku, 100, { location_id: "WH3" });
    await follow(pool, ledger);
    await setChannelLocations(pool, channel.channelId, [
      { locationId: "WH1", externalLocationId: "node-1" },
      { locationId: "WH2", externalLocationId: "node-2" },
    ]);
    await recomputeChannel(pool, channel.channelId);
    expect((await listing(pool, listingId)).desired).toBe(7);
    expect((await listing(pool, unmapped)).desired).toBe(0);
    await setChannelLocations(pool, channel.channelId, [
      { locationId: "WH1", externalLocationId: "node-1" },
      { locationId: "WH3", externalLocationId: null },
    ]);
    await recomputeChannel(pool, channel.channelId);
    expect((await listing(pool, listingId)).desired).toBe(107);
  });

  it("takes the channel's allocation where the listing has none of its own", async () => {
    const sku = newSku();
    const channel = await connect(pool, { safetyStock: 2, share: 0.5, cap: 3 });
    const listingId = await list(pool, channel, sku);
    ledger.receive(sku, 10);
    await follow(pool, ledger);
    expect((await listing(pool, listingId)).desired).toBe(3);
    await saveListingSettings(pool, listingId, { cap: 100, safetyStock: 0 });
    await recomputeListings(pool, [listingId]);
    expect((await listing(pool, listingId)).desired).toBe(5);
    await saveListingSettings(pool, listingId, { cap: null });
    await recomputeListings(pool, [listingId]);
    expect((await listing(pool, listingId)).desired).toBe(3);
  });
});

describe("an import", () => {
  it("works out at once what a listing must show when its SKU's events came before it", async () => {
    const sku = newSku();
    ledger.receive(sku, 5);
    await follow(pool, ledger);
    const channel = await connect(pool);
    const { changed, listingIds } = await upsertListings(pool, channel, [imported(sku, { available: 2 })]);
    expect(changed).toEqual([
      { listingId: listingIds[0], channelId: channel.channelId, target: 5, shown: 2, priority: 3 },
    ]);
  });

  it("enqueues nothing for a listing that shows the right number already", async () => {
    const sku = newSku();
    ledger.receive(sku, 5);
    await follow(pool, ledger);
    const { changed } = await upsertListings(pool, await connect(pool), [imported(sku, { available: 5 })]);
    expect(changed).toEqual([]);
  });

  it("never empties a listing whose SKU the ledger has not heard of", async () => {
    const channel = await connect(pool);
    const { changed, listingIds } = await upsertListings(pool, channel, [imported(newSku(), { available: 12 })]);
    expect(changed).toEqual([]);
    expect((await listing(pool, listingIds[0] ?? "")).desired).toBeNull();
  });

  it("keeps ids and settings of listings it knows, and changes what the channel changed", async () => {
    const channel = await connect(pool);
    const [a, b, c] = [newSku(), newSku(), newSku()];
    const first = await upsertListings(pool, channel, [imported(a), imported(b)]);
    await saveListingSettings(pool, first.listingIds[1] ?? "", { cap: 4 });
    const again = await upsertListings(pool, channel, [imported(c), imported(b, { title: "new" }), imported(a)]);
    expect([again.listingIds[2], again.listingIds[1]]).toEqual(first.listingIds);
    expect((await listing(pool, again.listingIds[1] ?? "")).title).toBe("new");
  });

  it("never asks to push a listing that can't be synced", async () => {
    const sku = newSku();
    ledger.receive(sku, 5);
    await follow(pool, ledger);
    const { changed } = await upsertListings(pool, await connect(pool), [imported(sku, { unsupported: "bundle" })]);
    expect(changed).toEqual([]);
  });

  it("refuses a channel that is not there, by its code", async () => {
    const nowhere = { channelId: "00000000-0000-4000-8000-000000000000", merchantId };
    await expect(upsertListings(pool, nowhere, [imported("X")])).rejects.toMatchObject({ code: "unknown_channel" });
  });
});

describe("a channel", () => {
  it("is refused under a key the merchant uses already, for an unknown merchant, or with a share above one", async () => {
    const { channelKey } = await connect(pool);
    await expect(connect(pool, { channelKey })).rejects.toMatchObject({ code: "channel_key_taken" });
    await expect(connect(pool, { merchantId: "nobody" })).rejects.toMatchObject({ code: "unknown_merchant" });
    await expect(connect(pool, { share: 1.5 })).rejects.toMatchObject({ code: "allocation_malformed" });
  });
});
