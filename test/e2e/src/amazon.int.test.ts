import type { ImportedListing, InventoryUpdate } from "@lastunit/adapter-contract";
import { callWithin, type ConformanceHarness } from "@lastunit/adapter-contract/conformance";
import type { AccountSeed } from "@lastunit/simulators";
import { afterEach, describe, expect, it, vi } from "vitest";
import { amazon } from "./conformance/amazon.ts";
import { connectSimulated } from "./conformance/simulated-channel.ts";

/** For what Amazon does after it has answered. */
const PATIENCE = { timeout: 10_000 };

let harness: ConformanceHarness;
afterEach(async () => {
  await harness.session.close();
  await harness.stop();
});

async function begin(listings: AccountSeed["listings"]): Promise<void> {
  harness = await connectSimulated(amazon, { listings, restricted: false });
}

async function importAll(): Promise<{ readonly listings: readonly ImportedListing[]; readonly totals: unknown[] }> {
  const listings: ImportedListing[] = [];
  const totals = new Set<unknown>();
  let cursor: string | null = null;
  do {
    const page = await harness.session.importListings(cursor, callWithin());
    listings.push(...page.listings);
    totals.add(page.total);
    cursor = page.next;
  } while (cursor !== null);
  return { listings, totals: [...totals] };
}

const to = ({ sku, externalId, externalLocationId, external }: ImportedListing, quantity: number): InventoryUpdate => ({
  listing: { listingId: sku, sku, externalId, externalLocationId, external },
  quantity,
  expected: null,
  position: 1,
});

const submit = async (updates: readonly InventoryUpdate[]) =>
  (await harness.session.submitFeed?.(updates, callWithin())) ?? "";
const collected = (feedId: string, updates: readonly InventoryUpdate[], outcomes: readonly object[]) =>
  vi.waitFor(async () => {
    const report = await harness.session.collectFeed?.(feedId, updates, callWithin());
    expect(report).toMatchObject({ status: "done", outcomes });
  }, PATIENCE);

describe("a catalog beyond the 1,000 listings that one search of Amazon's reaches", () => {
  it("is imported whole, and counted before", async () => {
    const skus = Array.from({ length: 2_105 }, (_, index) => `CAP-${index}`);
    await begin(skus.map((sku) => ({ sku, quantity: 1 })));
    const { listings, totals } = await importAll();
    expect(new Set(listings.map(({ sku }) => sku))).toEqual(new Set(skus));
    // Those at the seam of two searches come twice.
    expect(listings.length).toBeLessThanOrEqual(skus.length + 2);
    expect(totals).toEqual([skus.length]);
  });
});

describe("a feed whose answer was lost", () => {
  it("is found again, and collected like any other", async () => {
    await begin([{ sku: "CAP", quantity: 5 }]);
    const updates = (await importAll()).listings.map((listing) => to(listing, 3));
    harness.fault({ on: "feed", effect: { type: "lose_answer" } });
    await collected(await submit(updates), updates, [{ status: "accepted" }]);
    expect(harness.shown("CAP")).toBe(3);
  });
});

describe("a listing that Amazon fulfills", () => {
  it("is written by no patch and no feed, beside one that is the merchant's own", async () => {
    await begin([
      { sku: "FBA", quantity: 5, fulfilledByChannel: true },
      { sku: "OWN", quantity: 5 },
    ]);
    const { listings } = await importAll();
    const outcomes = [{ status: "rejected", code: "not_merchant_fulfilled" }, { status: "accepted" }];
    const push = (quantity: number) => listings.map((listing) => to(listing, quantity));
    expect(await harness.session.pushInventory(push(2), callWithin())).toMatchObject(outcomes);
    await vi.waitFor(() => expect([harness.shown("FBA"), harness.shown("OWN")]).toEqual([5, 2]), PATIENCE);
    await collected(await submit(push(1)), push(1), outcomes);
    expect([harness.shown("FBA"), harness.shown("OWN")]).toEqual([5, 1]);
  });
});
