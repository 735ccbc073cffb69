import { beforeEach, describe, expect, it } from "vitest";
import { rebuildFromLog, upsertListings, type Channel } from "../src/index.ts";
import { claim, connect, follow, imported, list, listing, settle, useStore } from "./fixtures.ts";

const its = useStore();

/** Imported showing 5, before the ledger has heard of the SKU. */
const SKU = "MUG";
let channel: Channel;
let id: string;

beforeEach(async () => {
  channel = await connect(its.pool);
  id = await list(its.pool, channel, SKU, { available: 5 });
});

const minutes = (count: number) => new Date(Date.now() + count * 60_000).toISOString();
/** As if the import had been so long ago. */
const importedAgo = (minutesAgo: number) =>
  its.pool.query("update unheard_listing set shown_at = shown_at - make_interval(mins => $1)", [minutesAgo]);
const ownSale = (units: number, line: number, timestamp = minutes(1)) =>
  its.ledger.sell(SKU, units, { event_id: `${channel.channelKey}:order:1:line:${line}:sale`, timestamp });

describe("a listing imported before its SKU's stock", () => {
  it("shows what its import said, once the ledger hears of it, and the first push is compared with that", async () => {
    its.ledger.receive(SKU, 9);
    const changed = await follow(its.pool, its.ledger);
    expect(changed).toMatchObject([{ listingId: id, target: 9, shown: 5, priority: 3 }]);
    expect(await claim(its.pool, channel, id)).toMatchObject({ quantity: 9, expected: 5 });
  });

  it("is not pushed when it shows what there is", async () => {
    its.ledger.receive(SKU, 5);
    expect(await follow(its.pool, its.ledger)).toEqual([]);
  });

  it("is found to have sold what is missing of it when the push is compared", async () => {
    its.ledger.receive(SKU, 9);
    await follow(its.pool, its.ledger);
    await settle(its.pool, await claim(its.pool, channel, id), { status: "stale", actual: 3 });
    expect(await listing(its.pool, id)).toMatchObject({ shown: 3, unseenUnits: 2, target: 7 });
  });

  it("shows what it sold since less, also when the ledger hears of its sale together with its first stock", async () => {
    its.ledger.receive(SKU, 9);
    ownSale(2, 1);
    await follow(its.pool, its.ledger);
    expect(await listing(its.pool, id)).toMatchObject({ shown: 3, desired: 7, unseenUnits: 0 });
  });

  it("shows what it sold since less when its sale is the first the ledger hears of it", async () => {
    ownSale(2, 1);
    await follow(its.pool, its.ledger);
    expect(await listing(its.pool, id)).toMatchObject({ shown: 3, desired: 0 });
    its.ledger.receive(SKU, 9);
    ownSale(1, 2);
    await follow(its.pool, its.ledger);
    expect(await listing(its.pool, id)).toMatchObject({ shown: 2, desired: 6 });
  });

  it("shows what nobody knows when a sale there may be in the import's number already", async () => {
    its.ledger.receive(SKU, 9);
    ownSale(2, 1, minutes(-1));
    await follow(its.pool, its.ledger);
    expect(await listing(its.pool, id)).toMatchObject({ shown: null, desired: 7 });
  });

  it("shows what nobody knows when a sale that may be in the import's number is heard later", async () => {
    its.ledger.receive(SKU, 9);
    await follow(its.pool, its.ledger);
    ownSale(2, 1, minutes(-1));
    await follow(its.pool, its.ledger);
    expect(await listing(its.pool, id)).toMatchObject({ shown: null, desired: 7 });
  });

  it("is told of no sale elsewhere", async () => {
    its.ledger.receive(SKU, 9);
    its.ledger.sell(SKU, 2, { event_id: "other:shop:order:1:line:1:sale" });
    await follow(its.pool, its.ledger);
    expect(await listing(its.pool, id)).toMatchObject({ shown: 5, desired: 7 });
  });

  it.each([
    { minutesAgo: 59, shown: 5 },
    { minutesAgo: 61, shown: null },
  ])("$minutesAgo minutes before shows $shown: an hour is believed", async ({ minutesAgo, shown }) => {
    await importedAgo(minutesAgo);
    its.ledger.receive(SKU, 5);
    await follow(its.pool, its.ledger);
    expect((await listing(its.pool, id)).shown).toBe(shown);
  });

  it("shows what its newest import said", async () => {
    await importedAgo(61);
    await list(its.pool, channel, SKU, { available: 8 });
    its.ledger.receive(SKU, 9);
    await follow(its.pool, its.ledger);
    expect((await listing(its.pool, id)).shown).toBe(8);
  });

  it("shows what nobody knows where the channel does not compare: the first push reads", async () => {
    const blind = await connect(its.pool, { comparesAndSets: false });
    const there = await list(its.pool, blind, SKU, { available: 12 });
    its.ledger.receive(SKU, 9);
    await follow(its.pool, its.ledger);
    expect((await listing(its.pool, there)).shown).toBeNull();
  });
});

describe("what an import says of a listing", () => {
  it("is what it shows wherever stock was there first, and never again once we know better", async () => {
    its.ledger.receive("CAP", 9);
    await follow(its.pool, its.ledger);
    for (const comparesAndSets of [true, false]) {
      const there = await connect(its.pool, { comparesAndSets });
      const cap = await list(its.pool, there, "CAP", { available: 12 });
      expect(await claim(its.pool, there, cap)).toMatchObject({ quantity: 9, expected: 12 });
      await list(its.pool, there, "CAP", { available: 3 });
      expect((await listing(its.pool, cap)).shown).toBe(12);
    }
  });

  it("is what it shows when that import finds the SKU that the ledger knows it by", async () => {
    its.ledger.receive("CAP", 9);
    await follow(its.pool, its.ledger);
    await importedAgo(61);
    const { changed } = await upsertListings(its.pool, channel, [
      imported("CAP", { externalId: `external-${SKU}`, available: 4 }),
    ]);
    expect(changed).toMatchObject([{ listingId: id, shown: 4, target: 9 }]);
  });

  it("while the log is replayed is kept until that has ended", async () => {
    its.ledger.receive("CAP", 9);
    its.ledger.receive("HAT", 9);
    await follow(its.pool, its.ledger);
    await rebuildFromLog(its.pool);
    const cap = await list(its.pool, channel, "CAP", { available: 4 });
    expect(await listing(its.pool, cap)).toMatchObject({ desired: null, shown: null });
    await follow(its.pool, its.ledger);
    expect(await listing(its.pool, cap)).toMatchObject({ desired: 9, shown: 4 });
  });
});
