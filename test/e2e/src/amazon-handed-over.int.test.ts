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

describe("a listing that is handed over to Amazon after its import", () => {
  it("is written no more, and stays Amazon's", async () => {
    harness = await connectSimulated(amazon, { listings: [{ sku: "CAP", quantity: 5 }], restricted: false });
    const { listings } = await harness.session.importListings(null, callWithin());
    const accessToken = field(await harness.credentials.read(), "accessToken");
    const items = `https://sellingpartnerapi-na.amazon.com/listings/2021-08-01/items/${field(harness.settings, "sellerId")}`;
    const url = new URL(`${items}/CAP`);
    url.searchParams.set("marketplaceIds", "ATVPDKIKX0DER");
    const value = [{ fulfillment_channel_code: "AMAZON_NA" }];
    const patches = [{ op: "replace", path: "/attributes/fulfillment_availability", value }];
    await harness.channel.outbound.fetch("amazon")(url, {
      method: "PATCH",
      headers: { "x-amz-access-token": accessToken, "content-type": "application/json" },
      body: JSON.stringify({ productType: "PRODUCT", patches }),
    });
    const refs = listings.map((one) => to(one, 3));
    const read = () =>
      harness.session.readInventory(
        refs.map(({ listing }) => listing),
        callWithin(),
      );
    await vi.waitFor(async () => expect(await read()).toEqual([{ status: "untracked" }]), { timeout: 10_000 });
    const later = harness.openSession();
    expect(await later.pushInventory(refs, callWithin())).toMatchObject([
      { status: "rejected", code: "not_merchant_fulfilled" },
    ]);
    await later.close();
    expect(harness.shown("CAP")).toBe(5);
  });
});
