import type { ListingRef } from "@lastunit/adapter-contract";
import { callWithin } from "@lastunit/adapter-contract/conformance";
import { useNock } from "@lastunit/adapter-contract/nocked";
import { describe, expect, it } from "vitest";
import {
  amazon,
  channelErrorOf,
  connect,
  errors,
  ITEMS,
  listing,
  oneAtATime,
  quotaExceeded,
} from "./testing/harness.ts";

/** One over five a second, and up to half as much again. */
const isWait = (ms: number) => ms >= 200 && ms <= 300;
const accepted = { sku: "any", status: "ACCEPTED", submissionId: "f1dc2914", issues: [] };
const query = { marketplaceIds: "ATVPDKIKX0DER", issueLocale: "en_US" };
const patch = (sku: string) => amazon().patch(`${ITEMS}/${sku}`).query(query);
const push = (...listings: ListingRef[]) =>
  connect().session.pushInventory(
    listings.map((one, index) => ({ listing: one, quantity: index, expected: null, position: 1 })),
    callWithin(),
  );

describe("pushInventory", () => {
  useNock();

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
      { status: "throttled", retryAfterMs: expect.toSatisfy(isWait) },
      { status: "accepted" },
      { status: "retry", code: "ECONNRESET" },
    ]);
  });

  it.each([
    ["4000000", { status: "retry", code: "4000000" }],
    ["90220", { status: "rejected", code: "90220" }],
  ])("tells an internal error of Amazon's, which may pass, from an item's own: %s", async (code, outcome) => {
    const issues = [{ code, message: "An internal error has occurred. Try again.", severity: "ERROR" }];
    patch("CAP").reply(200, { ...accepted, status: "INVALID", issues });
    expect(await push(listing("CAP"))).toMatchObject([outcome]);
  });

  it("sends none that still waits for its turn once another was throttled", async () => {
    patch("A").reply(429, quotaExceeded);
    const { session } = connect({ pacer: oneAtATime() });
    const updates = ["A", "B", "C"].map((sku) => ({ listing: listing(sku), quantity: 1, expected: null, position: 1 }));
    const error = await channelErrorOf(session.pushInventory(updates, callWithin()));
    expect(error).toMatchObject({ failure: "rate_limited" });
  });

  it("says rate_limited when all were throttled", async () => {
    patch("A").reply(429, quotaExceeded);
    patch("B").reply(429, quotaExceeded);
    expect(await channelErrorOf(push(listing("A"), listing("B")))).toMatchObject({
      failure: "rate_limited",
      retryAfterMs: expect.toSatisfy(isWait),
    });
  });
});
