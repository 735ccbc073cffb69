import type { ListingRef } from "@lastunit/adapter-contract";
import { describe, expect, it } from "vitest";
import {
  amazon,
  callWithin,
  channelErrorOf,
  connect,
  errors,
  ITEMS,
  listing,
  quotaExceeded,
  useNockedAmazon,
} from "./testing/harness.ts";

const accepted = { sku: "any", status: "ACCEPTED", submissionId: "f1dc2914", issues: [] };
const query = { marketplaceIds: "ATVPDKIKX0DER", issueLocale: "en_US" };
const patch = (sku: string) => amazon().patch(`${ITEMS}/${sku}`).query(query);
const push = (...listings: ListingRef[]) =>
  connect().session.pushInventory(
    listings.map((one, index) => ({ listing: one, quantity: index, expected: null, position: 1 })),
    callWithin(),
  );

describe("pushInventory", () => {
  useNockedAmazon();

  it("merges the quantity into the merchant's entry, so that the handling time stays", async () => {
    amazon()
      .patch(`${ITEMS}/CAP`, {
        productType: "SHIRT",
        patches: [
          {
            op: "merge",
            path: "/attributes/fulfillment_availability",
            value: [{ fulfillment_channel_code: "DEFAULT", quantity: 0 }],
          },
        ],
      })
      .query(query)
      .reply(200, accepted);
    expect(await push(listing("CAP"))).toEqual([{ status: "accepted" }]);
  });

  it("encodes a SKU once, also when the same listing is pushed again", async () => {
    const odd = listing("A/B C(1)");
    amazon().patch(`${ITEMS}/A%2FB%20C%281%29`).query(query).times(2).reply(200, accepted);
    await push(odd);
    await push(odd);
    expect(odd).toEqual(listing("A/B C(1)"));
  });

  it("rejects with Amazon's own issues when the status is INVALID in a 200", async () => {
    const issues = [
      { code: "18155", message: "Just a warning.", severity: "WARNING" },
      { code: "90220", message: "'color' is required.", severity: "ERROR" },
    ];
    patch("CAP").reply(200, { ...accepted, status: "INVALID", issues });
    expect(await push(listing("CAP"))).toEqual([
      { status: "rejected", code: "90220", message: "'color' is required." },
    ]);
  });

  it.each([400, 404])("rejects an item that Amazon answers with %s, beside one it takes", async (status) => {
    patch("GONE").reply(status, errors("NOT_FOUND", "SKU 'GONE' not found"));
    patch("CAP").reply(200, accepted);
    expect(await push(listing("GONE"), listing("CAP"))).toEqual([
      { status: "rejected", code: "NOT_FOUND", message: "NOT_FOUND: SKU 'GONE' not found" },
      { status: "accepted" },
    ]);
  });

  it.each(["AMAZON_NA", "supply-source-1", null])("never writes a listing fulfilled through %s", async (channel) => {
    expect(await push(listing("FBA", channel))).toMatchObject([{ status: "rejected", code: "not_merchant_fulfilled" }]);
  });

  it("never writes a listing of which it is not known who fulfills it", async () => {
    expect(await push({ ...listing("CAP"), external: {} })).toMatchObject([
      { status: "rejected", code: "not_imported" },
    ]);
  });

  it("reports what was accepted when others of the call are throttled or lost", async () => {
    patch("A").reply(429, quotaExceeded);
    patch("B").reply(200, accepted);
    patch("C").replyWithError(Object.assign(new Error("reset"), { code: "ECONNRESET" }));
    expect(await push(listing("A"), listing("B"), listing("C"))).toMatchObject([
      { status: "throttled", retryAfterMs: 200 },
      { status: "accepted" },
      { status: "retry", code: "ECONNRESET" },
    ]);
  });

  it("says rate_limited when all were throttled", async () => {
    patch("A").reply(429, quotaExceeded);
    patch("B").reply(429, quotaExceeded);
    expect(await channelErrorOf(push(listing("A"), listing("B")))).toMatchObject({
      failure: "rate_limited",
      retryAfterMs: 200,
    });
  });
});
