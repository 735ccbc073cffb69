import { beforeEach, describe, expect, it } from "vitest";
import {
  beginImport,
  forgetShown,
  findImport,
  listingsBehind,
  listListings,
  postponeImport,
  resolveOrderItems,
  setChannelStatus,
  storeImportPage,
  summarizeMatching,
  takeDueImport,
  upsertListings,
  type Channel,
  type ImportPage,
  type ImportedListing,
} from "../src/index.ts";
import { claim, connect, follow, imported, list, listing, settle, useStore } from "./fixtures.ts";

const its = useStore();
let channel: Channel;
beforeEach(async () => {
  channel = await connect(its.pool);
});

async function stocked(...skus: readonly string[]): Promise<void> {
  for (const sku of skus) its.ledger.receive(sku, 5);
  await follow(its.pool, its.ledger);
}

const matched = async (channelSku: string, told: Partial<ImportedListing> = {}) =>
  (await listing(its.pool, await list(its.pool, channel, channelSku, told))).sku;

describe("a listing is matched to a SKU that is known", () => {
  it("by its exact text before all else", async () => {
    await stocked("MUG-1", "mug-1");
    expect(await matched("mug-1")).toBe("mug-1");
  });

  it.each([
    ["MUG-BLUE-L", "mug blue  L"],
    ["Größe_42", " größe-42"],
    ["ABC 1", "ＡＢＣ-1"],
  ])("by its normalized text: %j is %j", async (sku, channelSku) => {
    await stocked(sku);
    expect(await matched(channelSku)).toBe(sku);
  });

  it.each([
    ["110", "1.10"],
    ["1.1", "1.10"],
    ["7", "007"],
    ["100000", "1e5"],
    ["A/B #1", "A/B #1+"],
    ["AB-1", "A/B-1"],
  ])("but %j is not %j: numbers and signs mean what they say", async (sku, channelSku) => {
    await stocked(sku);
    expect(await matched(channelSku)).toBe(channelSku);
  });

  it("by the barcode of the merchant's other channels", async () => {
    const other = await connect(its.pool);
    await list(its.pool, other, "MUG-1", { barcode: "4006381333931" });
    expect(await matched("shop-item-77", { barcode: "4006381333931" })).toBe("MUG-1");
    expect(await matched("", { externalId: "nameless", barcode: "4006381333931" })).toBe("MUG-1");
    expect(await matched("other", { barcode: "4006381333948" })).toBe("other");
  });

  it("never when several fit, and says which", async () => {
    await stocked("CAP-RED", "cap red");
    expect(await matched("Cap_Red")).toBe("Cap_Red");
    expect(await summarizeMatching(its.pool, channel.channelId, 10)).toMatchObject({
      ambiguous: 1,
      examples: [{ channelSku: "Cap_Red", candidates: ["CAP-RED", "cap red"] }],
    });
  });

  it("of this merchant alone, and not by its own channel's listings", async () => {
    await list(its.pool, channel, "HAT-1");
    expect(await matched("hat-1", { externalId: "another" })).toBe("hat-1");
  });

  it("again when it is imported again, after the ledger has heard of the SKU", async () => {
    expect(await matched("mug 9")).toBe("mug 9");
    await stocked("MUG-9");
    expect(await matched("mug 9")).toBe("MUG-9");
  });
});

describe("a listing that is of another SKU than before", () => {
  let id: string;
  beforeEach(async () => {
    await stocked("A");
    id = await list(its.pool, channel, "A", { externalId: "item-1", available: 5 });
  });
  const renamed = (sku: string, available: number) =>
    upsertListings(its.pool, channel, [imported(sku, { externalId: "item-1", available })]);

  it("must show nothing of the old one's while the ledger has not heard of its own, and then what that has", async () => {
    expect(await listing(its.pool, id)).toMatchObject({ sku: "A", desired: 5, shown: 5 });
    expect((await renamed("B", 2)).changed).toEqual([]);
    expect(await listing(its.pool, id)).toMatchObject({ sku: "B", desired: null, target: null });
    await forgetShown(its.pool, channel.channelId, { externalId: "item-1", externalLocationId: null });
    expect(await listingsBehind(its.pool, 10)).toEqual([]);
    its.ledger.receive("B", 3);
    expect(await follow(its.pool, its.ledger)).toMatchObject([{ listingId: id, target: 3, shown: 2 }]);
  });

  it("shows what the import found, and must show what the ledger knows of its own", async () => {
    await stocked("B");
    expect((await renamed("B", 2)).changed).toMatchObject([{ listingId: id, target: 5, shown: 2 }]);
  });

  it("knows of no push of the old one's that is under way: what it shows after that is read", async () => {
    its.ledger.sell("A", 1);
    await follow(its.pool, its.ledger);
    const claimed = await claim(its.pool, channel, id);
    await stocked("B");
    await renamed("B", 5);
    await settle(its.pool, claimed, { status: "accepted" });
    expect(await listing(its.pool, id)).toMatchObject({ desired: 5, shown: null });
  });
});

it("counts how listings were matched", async () => {
  await stocked("A", "B");
  await upsertListings(its.pool, channel, [imported("A"), imported("b"), imported("C")]);
  expect(await summarizeMatching(its.pool, channel.channelId, 10)).toEqual({
    exact: 1,
    normalized: 1,
    barcode: 0,
    ambiguous: 0,
    unmatched: 1,
    examples: [expect.objectContaining({ channelSku: "C", candidates: [] })],
  });
});

it("finds what an order line sold by the channel's own SKU text, whatever SKU it was matched to", async () => {
  await stocked("MUG-BLUE");
  await list(its.pool, channel, "mug blue");
  const sold = [
    { refs: [], sku: "mug blue" },
    { refs: ["ref-mug blue"], sku: null },
    { refs: [], sku: "MUG-BLUE" },
  ];
  expect(await resolveOrderItems(its.pool, channel.channelId, sold)).toEqual(["MUG-BLUE", "MUG-BLUE", null]);
});

describe("an import", () => {
  const begin = (leaseSeconds = 60) => beginImport(its.pool, channel.channelId, leaseSeconds);
  const store = (lease: string, told: Partial<ImportPage> = {}, leaseSeconds = 60) => {
    const page = { listings: [imported("A"), imported("B")], passedOver: 1, next: "page 2", total: 9, ...told };
    return storeImportPage(its.pool, channel, page, { lease, leaseSeconds });
  };
  const progress = () => findImport(its.pool, channel.channelId);
  const listed = async () => (await listListings(its.pool, { limit: 100 })).map(({ sku }) => sku);

  it("goes on where it stopped, by whoever finds it left alone", async () => {
    const lease = await begin();
    expect(await takeDueImport(its.pool, 60)).toBeUndefined();
    await store(lease, {}, 0);
    const taken = await Promise.all([1, 2, 3].map(() => takeDueImport(its.pool, 60)));
    expect(taken.filter((one) => one !== undefined)).toMatchObject([{ cursor: "page 2", imported: 2, total: 9 }]);
  });

  it("adds up its pages, with what can't be synced, and ends with the last", async () => {
    const lease = await begin();
    await store(lease);
    await store(lease, {
      listings: [imported("C"), imported("D", { unsupported: "bundle" })],
      next: null,
      total: null,
    });
    const found = await progress();
    expect(found).toMatchObject({ imported: 3, unsupported: 3, total: 9, finishedAt: expect.any(Date) });
    expect(await takeDueImport(its.pool, 60)).toBeUndefined();
  });

  it("waits while the platform does not answer, and says why, and not for a channel that must be connected again", async () => {
    const lease = await begin();
    await postponeImport(its.pool, channel.channelId, lease, { error: "503", seconds: 0 });
    expect(await progress()).toMatchObject({ error: "503", finishedAt: null });
    await setChannelStatus(its.pool, channel.channelId, "needs_reconnect", "gone");
    expect(await takeDueImport(its.pool, 60)).toBeUndefined();
    await setChannelStatus(its.pool, channel.channelId, "active", null);
    expect(await takeDueImport(its.pool, 60)).toBeDefined();
  });

  it("asked for again begins anew, and what the one before still reads is not stored", async () => {
    const before = await begin();
    await store(before);
    const again = await begin();
    expect(await progress()).toMatchObject({ cursor: null, imported: 0, finishedAt: null });
    expect(await store(before, { listings: [imported("OLD")], next: null })).toBeUndefined();
    await postponeImport(its.pool, channel.channelId, before, { error: "503", seconds: 0 });
    expect(await progress()).toMatchObject({ cursor: null, imported: 0, finishedAt: null, error: null });
    expect(await listed()).toEqual(["A", "B"]);
    expect(await store(again)).toBeDefined();
    expect(await progress()).toMatchObject({ cursor: "page 2", imported: 2 });
  });

  it("asked for again while a page is being stored begins anew all the same", async () => {
    for (let time = 0; time < 20; time += 1) {
      const lease = await begin();
      await Promise.all([store(lease), begin()]);
      expect(await progress()).toMatchObject({ cursor: null, imported: 0, unsupported: 0 });
    }
  });

  it("that was given up for dead and is another's stores nothing more", async () => {
    const dead = await begin(0);
    const taken = await takeDueImport(its.pool, 60);
    expect(await store(dead)).toBeUndefined();
    expect(taken && (await store(taken.lease))).toBeDefined();
    expect(await progress()).toMatchObject({ cursor: "page 2", imported: 2 });
  });
});
