import type { ImportedListing, InventoryUpdate } from "@lastunit/adapter-contract";
import { callWithin, type ConformanceHarness } from "@lastunit/adapter-contract/conformance";
import { afterEach, describe, expect, it, vi } from "vitest";
import { amazon } from "./conformance/amazon.ts";
import { connectSimulated } from "./conformance/simulated-channel.ts";

let harness: ConformanceHarness;
afterEach(async () => {
  await harness.session.close();
  await harness.stop();
});
const field = (of: object, name: string) => String(new Map(Object.entries(of)).get(name));
const to = ({ sku, externalId, externalLocationId, external }: ImportedListing, quantity: number): InventoryUpdate => ({
  listing: { listingId: sku, sku, externalId, externalLocationId, external },
  quantity,
  expected: null,
  position: 1,
});

/** Hands a listing over to Amazon, as its seller would, and waits until the session has seen it. */
async function handOver(sku: string, listings: readonly ImportedListing[]): Promise<void> {
  const accessToken = field(await harness.credentials.read(), "accessToken");
  const items = `https://sellingpartnerapi-na.amazon.com/listings/2021-08-01/items/${field(harness.settings, "sellerId")}`;
  const url = new URL(`${items}/${sku}`);
  url.searchParams.set("marketplaceIds", "ATVPDKIKX0DER");
  const value = [{ fulfillment_channel_code: "AMAZON_NA" }];
  const patches = [{ op: "replace", path: "/attributes/fulfillment_availability", value }];
  await harness.channel.outbound.fetch("amazon")(url, {
    method: "PATCH",
    headers: { "x-amz-access-token": accessToken, "content-type": "application/json" },
    body: JSON.stringify({ productType: "PRODUCT", patches }),
  });
  await vi.waitFor(async () => expect(await readAll(listings)).toContainEqual({ status: "untracked" }), {
    timeout: 10_000,
  });
}

const readAll = (listings: readonly ImportedListing[]) =>
  harness.session.readInventory(
    listings.map((one) => to(one, 0).listing),
    callWithin(),
  );

describe("a listing that is handed over to Amazon after its import", () => {
  const refused = { status: "rejected", code: "not_merchant_fulfilled" };

  it("is written no more, and stays Amazon's", async () => {
    harness = await connectSimulated(amazon, { listings: [{ sku: "CAP", quantity: 5 }], restricted: false });
    const { listings } = await harness.session.importListings(null, callWithin());
    await handOver("CAP", listings);
    const later = harness.openSession();
    const updates = listings.map((one) => to(one, 3));
    expect(await later.pushInventory(updates, callWithin())).toMatchObject([refused]);
    await later.close();
    expect(harness.shown("CAP")).toBe(5);
  });

  it("is left out of a feed once that was seen, and answered for as by a call", async () => {
    const catalog = ["CAP", "HAT"].map((sku) => ({ sku, quantity: 5 }));
    harness = await connectSimulated(amazon, { listings: catalog, restricted: false });
    const { listings } = await harness.session.importListings(null, callWithin());
    await handOver("CAP", listings);
    const updates = listings.map((one) => to(one, 3));
    const feedId = (await harness.session.submitFeed?.(updates, callWithin())) ?? "";
    const outcomes = await vi.waitFor(
      async () => {
        const report = await harness.session.collectFeed?.(feedId, updates, callWithin());
        if (report?.status !== "done") throw new Error("the feed is still open");
        return report.outcomes;
      },
      { timeout: 30_000, interval: 50 },
    );
    const bySku = Object.fromEntries(listings.map(({ sku }, index) => [sku, outcomes[index]]));
    expect(bySku).toMatchObject({ CAP: refused, HAT: { status: "accepted" } });
    await vi.waitFor(() => expect(harness.shown("HAT")).toBe(3), { timeout: 10_000 });
    expect(await readAll(listings)).toContainEqual({ status: "untracked" });
  });
});
