import type { ImportedListing, ListingRef } from "@lastunit/adapter-contract";
import type { ConformanceHarness } from "@lastunit/adapter-contract/conformance";
import { startEbaySimulator } from "@lastunit/simulators";
import { createLogger } from "@lastunit/config";
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ebay } from "./ebay.ts";
import { connectSimulated } from "./simulated-channel.ts";

/** Every way to list on eBay at one seller's. */
const made = [
  { by: "inventory", skus: ["TEE-RED", "TEE-BLUE"] },
  { by: "trading", skus: ["1e5"] },
  { by: "trading", skus: ["007", "A/B #1+", "<Größe> & 42"] },
] as const;
const skus = ["CAP", ...made.flatMap((each) => each.skus)];
let harness: ConformanceHarness;

type Options = Parameters<typeof startEbaySimulator>[0];

async function open(options: Options = {}) {
  harness = await connectSimulated(
    {
      ...ebay,
      start: (given) => startEbaySimulator({ ...given, made, ...options }),
      unknownListing: (known) => known,
    },
    { listings: skus.map((sku, index) => ({ sku, quantity: index + 3 })), restricted: false },
  );
}

beforeEach(() => open());
afterEach(async () => {
  await harness.session.close();
  await harness.stop();
});

const call = () => ({
  signal: AbortSignal.timeout(15_000),
  idempotencyKey: randomUUID(),
  log: createLogger({ level: "silent", name: "ebay-listings" }),
});

async function importAll(): Promise<readonly ImportedListing[]> {
  const listings: ImportedListing[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof harness.session.importListings>> = await harness.session.importListings(
      cursor,
      call(),
    );
    listings.push(...page.listings);
    cursor = page.next;
  } while (cursor !== null);
  return listings;
}

function refOf({ sku, externalId, externalLocationId, external }: ImportedListing): ListingRef {
  return { listingId: `listing-of-${sku}`, sku, externalId, externalLocationId, external };
}

const update = (listing: ImportedListing, quantity: number) => ({
  listing: refOf(listing),
  quantity,
  expected: null,
  position: 1,
});

describe("an eBay seller with listings of every kind", () => {
  it("imports each SKU once, by the API that can revise it, variations with their listing's revisions", async () => {
    const listings = await importAll();
    expect(listings.map(({ sku }) => sku)).toEqual(skus);
    expect(listings.map(({ available }) => available)).toEqual(skus.map((sku) => harness.shown(sku)));
    expect(listings.map(({ unsupported }) => unsupported)).toEqual(skus.map(() => null));
    expect(listings.map(({ external }) => external["backend"])).toEqual([
      ...["CAP", "TEE-RED", "TEE-BLUE"].map(() => "inventory"),
      ...["1e5", "007", "A/B #1+", "<Größe> & 42"].map(() => "trading"),
    ]);
    expect(listings.map(({ pushBucket }) => pushBucket)).toEqual(listings.map(({ external }) => external["backend"]));
    const keys = listings.map(({ revisionKey }) => revisionKey);
    expect(new Set(keys).size).toBe(4);
    expect([keys[1] === keys[2], keys[4] === keys[5], keys[5] === keys[6]]).toEqual([true, true, true]);
    expect(new Set(listings.map(({ externalId }) => externalId)).size).toBe(skus.length);
  });

  it("pushes all of them in one go, to 0 too, and reads back what buyers see", async () => {
    const listings = await importAll();
    const outcomes = await harness.session.pushInventory(
      listings.map((listing, index) => update(listing, index)),
      call(),
    );
    expect(outcomes).toEqual(skus.map(() => ({ status: "accepted" })));
    expect(skus.map((sku) => harness.shown(sku))).toEqual(skus.map((_, index) => index));
    const reads = await harness.session.readInventory(listings.map(refOf), call());
    expect(reads).toEqual(skus.map((_, index) => ({ status: "read", available: index, reserved: null })));
  });

  it("reads what is left after sales, which eBay counts into its own number", async () => {
    const listings = await importAll();
    await harness.placeOrder(skus.map((sku) => ({ sku, quantity: 2 })));
    const reads = await harness.session.readInventory(listings.map(refOf), call());
    expect(reads).toEqual(skus.map((_, index) => ({ status: "read", available: index + 1, reserved: null })));
  });

  it("names each order line so that it finds its own listing and no other", async () => {
    const listings = await importAll();
    const { cursor } = await harness.session.pollOrders(new Date(), call());
    await harness.placeOrder(skus.map((sku) => ({ sku, quantity: 1 })));
    const { orders } = await harness.session.pollOrders(cursor, call());
    const found = orders[0]?.lines.map(({ item }) => {
      const ref = item.refs.find((each) => listings.some(({ lineRef }) => lineRef === each));
      return listings.filter(({ lineRef }) => lineRef === ref).map(({ sku }) => sku);
    });
    expect(found).toEqual(skus.map((sku) => [sku]));
  });

  it("pushes to each SKU alone where eBay takes no more in a call", async () => {
    await harness.stop();
    await open({ oneSkuPerUpdate: true });
    const listings = await importAll();
    const outcomes = await harness.session.pushInventory(
      listings.map((listing) => update(listing, 1)),
      call(),
    );
    expect(outcomes).toEqual(skus.map(() => ({ status: "accepted" })));
    expect(skus.map((sku) => harness.shown(sku))).toEqual(skus.map(() => 1));
  });

  it("is warned before a listing would end at 0, and told of one that did", async () => {
    await harness.stop();
    await open({ outOfStockControl: false });
    const report = await harness.session.check(call());
    expect(report).toMatchObject({ ok: false, problems: [expect.stringContaining("Out-of-stock control is off")] });
    const listings = await importAll();
    const [cap] = listings;
    if (!cap) throw new Error("nothing was imported");
    await harness.session.pushInventory([update(cap, 0)], call());
    expect(await harness.session.readInventory([refOf(cap)], call())).toMatchObject([{ status: "missing" }]);
    const again = await harness.session.pushInventory([update(cap, 5)], call());
    expect(again).toMatchObject([{ status: "rejected", code: "25713" }]);
  });

  it("goes on by polling where eBay keeps its notifications for partners", async () => {
    await harness.stop();
    await open({ partnerTopics: ["ORDER_CONFIRMATION", "AUTHORIZATION_REVOCATION"] });
    await harness.session.subscribe?.(harness.channel.url, call());
    const { cursor } = await harness.session.pollOrders(new Date(), call());
    const { orderId } = await harness.placeOrder([{ sku: "1e5", quantity: 1 }]);
    const { orders } = await harness.session.pollOrders(cursor, call());
    expect(orders.map((order) => order.orderId)).toEqual([orderId]);
    expect(harness.deliveries()).toEqual([]);
  });
});
