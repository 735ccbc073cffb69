import type { PriceUpdate } from "@lastunit/adapter-contract";
import { callWithin } from "@lastunit/adapter-contract/conformance";
import { useNock } from "@lastunit/adapter-contract/nocked";
import { describe, expect, it } from "vitest";
import { amazon, connect, ITEMS, listing } from "./testing/harness.ts";

const usd = (amount: string) => ({ amount, currency: "USD" });
const accepted = { sku: "any", status: "ACCEPTED", submissionId: "f1dc2914", issues: [] };
const patch = (sku: string, offer: object = {}) =>
  amazon()
    .patch(`${ITEMS}/${sku}`, ({ productType, patches }) => {
      const [{ op, path, value }] = patches;
      expect({ productType, op, path }).toEqual({
        productType: "SHIRT",
        op: "merge",
        path: "/attributes/purchasable_offer",
      });
      expect(value).toMatchObject([{ marketplace_id: "ATVPDKIKX0DER", currency: "USD", audience: "ALL", ...offer }]);
      return true;
    })
    .query({ marketplaceIds: "ATVPDKIKX0DER", issueLocale: "en_US" });
const push = (...updates: PriceUpdate[]) => connect().session.pushPrices!(updates, callWithin());
const over = (end: unknown) => Date.parse(String(end)) <= Date.now();

describe("pushPrices", () => {
  useNock();

  it("merges price and sale into the offer to everybody, as the very number of the text", async () => {
    patch("CAP", {
      our_price: [{ schedule: [{ value_with_tax: 19.9 }] }],
      discounted_price: [
        {
          schedule: [
            { value_with_tax: 14.99, start_at: "2026-11-27T00:00:00.000Z", end_at: "2026-11-30T00:00:00.000Z" },
          ],
        },
      ],
    }).reply(200, accepted);
    const sale = { price: usd("14.99"), from: "2026-11-27T00:00:00Z", until: "2026-11-30T00:00:00Z" };
    expect(await push({ listing: listing("CAP"), price: usd("19.90"), sale })).toEqual([{ status: "accepted" }]);
  });

  it("ends a sale by a schedule that is over: merging can't take one off", async () => {
    const schedule = [{ value_with_tax: 19.9, start_at: expect.toSatisfy(over), end_at: expect.toSatisfy(over) }];
    patch("CAP", { discounted_price: [{ schedule }] }).reply(200, accepted);
    expect(await push({ listing: listing("CAP"), price: usd("19.90"), sale: null })).toEqual([{ status: "accepted" }]);
  });

  it("begins a sale now that names no start, and lets it end in the far future when it names no end", async () => {
    const schedule = [{ start_at: expect.toSatisfy(over), end_at: expect.stringMatching(/^2099/) }];
    patch("CAP", { discounted_price: [{ schedule }] }).reply(200, accepted);
    const sale = { price: usd("14.99"), from: null, until: null };
    await push({ listing: listing("CAP"), price: usd("19.90"), sale });
  });

  it("prices a listing that Amazon fulfills, too", async () => {
    patch("FBA").reply(200, accepted);
    expect(await push({ listing: listing("FBA", "AMAZON_NA"), price: usd("5"), sale: null })).toEqual([
      { status: "accepted" },
    ]);
  });

  it.each([
    ["no number", usd("1e3"), null],
    ["free", usd("0.00"), null],
    ["negative", usd("-1"), null],
    ["a sale in another currency", usd("10"), { price: { amount: "5", currency: "CAD" }, from: null, until: null }],
  ])("rejects a price that is %s, beside one that Amazon takes", async (_name, price, sale) => {
    patch("CAP").reply(200, accepted);
    const outcomes = await push(
      { listing: listing("BAD"), price, sale },
      { listing: listing("CAP"), price: usd("10"), sale: null },
    );
    expect(outcomes).toMatchObject([{ status: "rejected", code: "bad_price" }, { status: "accepted" }]);
  });

  it("rejects a listing whose product type is not known", async () => {
    const unknown = { ...listing("CAP"), external: {} };
    expect(await push({ listing: unknown, price: usd("10"), sale: null })).toMatchObject([
      { status: "rejected", code: "not_imported" },
    ]);
  });
});
