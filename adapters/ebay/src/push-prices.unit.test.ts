import type { PriceUpdate } from "@lastunit/adapter-contract";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { call, ebay, listed, listing, openSession, trading, tradingAnswer, useNock } from "./testing/harness.ts";

beforeEach(() => vi.useFakeTimers({ now: Date.parse("2026-11-21T09:00:00.000Z"), toFake: ["Date"] }));
afterEach(() => vi.useRealTimers());
useNock();

const PUSH = "/sell/inventory/v1/bulk_update_price_quantity";
const usd = (amount: string) => ({ amount, currency: "USD" });

function price(amount: string, more: Partial<PriceUpdate> = {}): PriceUpdate {
  return { listing: listing("A", "o-1", "o-2"), price: usd(amount), sale: null, ...more };
}

function push(...updates: PriceUpdate[]) {
  return openSession().session.pushPrices?.(updates, call());
}

/** Answers a push that asks exactly this of both offers. */
function asks(value: string) {
  ebay()
    .post(PUSH, {
      requests: [
        {
          sku: "A",
          offers: ["o-1", "o-2"].map((offerId) => ({ offerId, price: { currency: "USD", value } })),
        },
      ],
    })
    .reply(200, { responses: [{ sku: "A", statusCode: 200 }] });
}

describe("pushing prices", () => {
  it("sets each offer's, as text to the last cent, and no quantity", async () => {
    asks("19.90");
    expect(await push(price("19.90"))).toEqual([{ status: "accepted" }]);
  });

  it("sets a listing's made elsewhere with its currency", async () => {
    trading(
      "ReviseInventoryStatus",
      /<ItemID>220<\/ItemID><StartPrice currencyID="USD">19.90<\/StartPrice><\/Inv/,
    ).reply(200, tradingAnswer("ReviseInventoryStatus", ""));
    expect(await push(price("19.90", { listing: listed("220") }))).toEqual([{ status: "accepted" }]);
  });

  it.each([
    ["a sale that runs", { price: usd("14.95"), from: null, until: null }, "14.95"],
    ["a sale that began", { price: usd("14.95"), from: "2026-11-21T08:00:00.000Z", until: null }, "14.95"],
    ["a sale that is over", { price: usd("14.95"), from: null, until: "2026-11-21T08:00:00.000Z" }, "19.90"],
  ])("asks for %s what it costs now", async (_, sale, value) => {
    asks(value);
    expect(await push(price("19.90", { sale }))).toEqual([{ status: "accepted" }]);
  });

  it.each([
    ["begins later", { price: usd("14.95"), from: "2026-11-22T00:00:00.000Z", until: null }],
    ["ends by itself", { price: usd("14.95"), from: null, until: "2026-11-22T00:00:00.000Z" }],
  ])("does not take a sale that %s, and takes the others", async (_, sale) => {
    asks("19.90");
    const outcomes = await push(price("5.00", { sale }), price("19.90"), price("6.00", { sale }));
    expect(outcomes?.map(({ status }) => status)).toEqual(["rejected", "accepted", "rejected"]);
    expect(outcomes?.[0]).toMatchObject({ code: "sale_schedule" });
  });
});
