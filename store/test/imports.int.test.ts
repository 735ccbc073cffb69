import { beforeEach, describe, expect, it } from "vitest";
import {
  beginImport,
  findImport,
  postponeImport,
  resolveOrderItems,
  saveImportPage,
  setChannelStatus,
  summarizeMatching,
  takeDueImport,
  upsertListings,
  type Channel,
  type ImportedListing,
} from "../src/index.ts";
import { connect, follow, imported, list, listing, useStore } from "./fixtures.ts";

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
  const page = { next: "page 2", imported: 3, unsupported: 1, total: 9, leaseSeconds: 60 };

  it("goes on where it stopped, by whoever finds it left alone", async () => {
    await beginImport(its.pool, channel.channelId, 60);
    expect(await takeDueImport(its.pool, 60)).toBeUndefined();
    await saveImportPage(its.pool, channel.channelId, { ...page, leaseSeconds: 0 });
    const taken = await Promise.all([1, 2, 3].map(() => takeDueImport(its.pool, 60)));
    expect(taken.filter((one) => one !== undefined)).toMatchObject([{ cursor: "page 2", imported: 3, total: 9 }]);
  });

  it("adds up its pages, and ends with the last", async () => {
    await beginImport(its.pool, channel.channelId, 60);
    await saveImportPage(its.pool, channel.channelId, page);
    await saveImportPage(its.pool, channel.channelId, { ...page, next: null, total: null, leaseSeconds: 0 });
    const found = await findImport(its.pool, channel.channelId);
    expect(found).toMatchObject({ imported: 6, unsupported: 2, total: 9, finishedAt: expect.any(Date) });
    expect(await takeDueImport(its.pool, 60)).toBeUndefined();
  });

  it("waits while the platform does not answer, and says why, and not for a channel that must be connected again", async () => {
    await beginImport(its.pool, channel.channelId, 60);
    await postponeImport(its.pool, channel.channelId, "503", 0);
    expect(await findImport(its.pool, channel.channelId)).toMatchObject({ error: "503", finishedAt: null });
    await setChannelStatus(its.pool, channel.channelId, "needs_reconnect", "gone");
    expect(await takeDueImport(its.pool, 60)).toBeUndefined();
    await setChannelStatus(its.pool, channel.channelId, "active", null);
    expect(await takeDueImport(its.pool, 60)).toBeDefined();
  });

  it("asked for again begins anew", async () => {
    await beginImport(its.pool, channel.channelId, 60);
    await saveImportPage(its.pool, channel.channelId, { ...page, next: null });
    await beginImport(its.pool, channel.channelId, 60);
    expect(await findImport(its.pool, channel.channelId)).toMatchObject({
      cursor: null,
      imported: 0,
      finishedAt: null,
    });
  });
});
