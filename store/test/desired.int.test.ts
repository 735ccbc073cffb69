import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recomputeListings, reviseOffer, saveListingSettings, upsertListings } from "../src/index.ts";
import { connect, follow, imported, list, listing, merchantId, push, useSharedStore } from "./fixtures.ts";

const its = useSharedStore();

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
    const channel = await connect(its.pool);
    await reviseOffer(its.pool, channel.channelId, {
      locations: [
        { locationId: "WH1", externalLocationId: null },
        { locationId: "WH2", externalLocationId: null },
      ],
    });
    await fc.assert(
      fc.asyncProperty(input, async (given) => {
        const sku = newSku();
        const listingId = await list(its.pool, channel, sku);
        const share = given.shareTenThousandths / 10_000;
        const { safetyStock, minimum, cap, paused } = given;
        await saveListingSettings(its.pool, listingId, { safetyStock, share, minimum, cap, paused });
        its.ledger.receive(sku, given.here);
        its.ledger.receive(sku, given.there, { location_id: "WH2" });
        its.ledger.receive(sku, given.elsewhere, { location_id: "WH9" });
        await follow(its.pool, its.ledger);

        const found = await listing(its.pool, listingId);
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
    const listingId = await list(its.pool, await connect(its.pool), sku);
    its.ledger.receive(sku, 7);
    its.ledger.receive(sku, 9, { location_id: "WH2" });
    await follow(its.pool, its.ledger);
    expect((await listing(its.pool, listingId)).desired).toBe(7);
  });

  it("comes from the locations mapped to the listing's own location on the channel, and those mapped to all", async () => {
    const sku = newSku();
    const channel = await connect(its.pool);
    const listingId = await list(its.pool, channel, sku, { externalLocationId: "node-1" });
    const unmapped = await list(its.pool, channel, sku, { externalLocationId: "node-3" });
    its.ledger.receive(sku, 7, { location_id: "WH1" });
    its.ledger.receive(sku, 20, { location_id: "WH2" });
    its.ledger.receive(sku, 100, { location_id: "WH3" });
    await follow(its.pool, its.ledger);
    await reviseOffer(its.pool, channel.channelId, {
      locations: [
        { locationId: "WH1", externalLocationId: "node-1" },
        { locationId: "WH2", externalLocationId: "node-2" },
      ],
    });
    expect((await listing(its.pool, listingId)).desired).toBe(7);
    expect((await listing(its.pool, unmapped)).desired).toBe(0);
    await reviseOffer(its.pool, channel.channelId, {
      locations: [
        { locationId: "WH1", externalLocationId: "node-1" },
        { locationId: "WH3", externalLocationId: null },
      ],
    });
    expect((await listing(its.pool, listingId)).desired).toBe(107);
  });

  it("takes the channel's allocation where the listing has none of its own", async () => {
    const sku = newSku();
    const channel = await connect(its.pool, { safetyStock: 2, share: 0.5, cap: 3 });
    const listingId = await list(its.pool, channel, sku);
    its.ledger.receive(sku, 10);
    await follow(its.pool, its.ledger);
    expect((await listing(its.pool, listingId)).desired).toBe(3);
    await saveListingSettings(its.pool, listingId, { cap: 100, safetyStock: 0 });
    await recomputeListings(its.pool, [listingId]);
    expect((await listing(its.pool, listingId)).desired).toBe(5);
    await saveListingSettings(its.pool, listingId, { cap: null });
    await recomputeListings(its.pool, [listingId]);
    expect((await listing(its.pool, listingId)).desired).toBe(3);
  });
});

describe("an import", () => {
  it("works out at once what a listing must show when its SKU's events came before it", async () => {
    const sku = newSku();
    its.ledger.receive(sku, 5);
    await follow(its.pool, its.ledger);
    const channel = await connect(its.pool);
    const { changed, listingIds } = await upsertListings(its.pool, channel, [imported(sku, { available: 2 })]);
    expect(changed).toEqual([
      { listingId: listingIds[0], channelId: channel.channelId, bucket: "", target: 5, shown: 2, priority: 3 },
    ]);
  });

  it("enqueues nothing for a listing that shows the right number already", async () => {
    const sku = newSku();
    its.ledger.receive(sku, 5);
    await follow(its.pool, its.ledger);
    const { changed } = await upsertListings(its.pool, await connect(its.pool), [imported(sku, { available: 5 })]);
    expect(changed).toEqual([]);
  });

  it("never empties a listing whose SKU the ledger has not heard of", async () => {
    const channel = await connect(its.pool);
    const { changed, listingIds } = await upsertListings(its.pool, channel, [imported(newSku(), { available: 12 })]);
    expect(changed).toEqual([]);
    expect((await listing(its.pool, listingIds[0] ?? "")).desired).toBeNull();
  });

  it("keeps ids and settings of listings it knows, and changes what the channel changed", async () => {
    const channel = await connect(its.pool);
    const [a, b, c] = [newSku(), newSku(), newSku()];
    const first = await upsertListings(its.pool, channel, [imported(a), imported(b)]);
    await saveListingSettings(its.pool, first.listingIds[1] ?? "", { cap: 4 });
    const again = await upsertListings(its.pool, channel, [imported(c), imported(b, { title: "new" }), imported(a)]);
    expect([again.listingIds[2], again.listingIds[1]]).toEqual(first.listingIds);
    expect((await listing(its.pool, again.listingIds[1] ?? "")).title).toBe("new");
  });

  it("never asks to push a listing that can't be synced", async () => {
    const sku = newSku();
    its.ledger.receive(sku, 5);
    await follow(its.pool, its.ledger);
    const { changed } = await upsertListings(its.pool, await connect(its.pool), [
      imported(sku, { unsupported: "bundle" }),
    ]);
    expect(changed).toEqual([]);
  });

  it("does not believe what a listing showed before the channel itself fulfilled it, once it can be synced again", async () => {
    const sku = newSku();
    const channel = await connect(its.pool);
    const id = await list(its.pool, channel, sku, { available: 5 });
    its.ledger.receive(sku, 5);
    await follow(its.pool, its.ledger);
    await list(its.pool, channel, sku, { available: 3, unsupported: "Fulfilled by the channel." });
    expect((await listing(its.pool, id)).shown).toBe(5);
    const { changed } = await upsertListings(its.pool, channel, [imported(sku, { available: 3 })]);
    expect(changed).toMatchObject([{ listingId: id, target: 5, shown: null }]);
    await push(its.pool, channel, id);
    expect((await upsertListings(its.pool, channel, [imported(sku, { available: 3 })])).changed).toEqual([]);
  });

  it("refuses a channel that is not there, by its code", async () => {
    const nowhere = { channelId: "00000000-0000-4000-8000-000000000000", merchantId };
    await expect(upsertListings(its.pool, nowhere, [imported("X")])).rejects.toMatchObject({ code: "unknown_channel" });
  });
});

describe("a channel", () => {
  it("is refused under a key the merchant uses already, for an unknown merchant, or with a share above one", async () => {
    const { channelKey } = await connect(its.pool);
    await expect(connect(its.pool, { channelKey })).rejects.toMatchObject({ code: "channel_key_taken" });
    await expect(connect(its.pool, { merchantId: "nobody" })).rejects.toMatchObject({ code: "unknown_merchant" });
    await expect(connect(its.pool, { share: 1.5 })).rejects.toMatchObject({ code: "allocation_malformed" });
  });
});
