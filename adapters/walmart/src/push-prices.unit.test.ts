import type { PriceUpdate, SalePrice } from "@lastunit/adapter-contract";
import { callWithin } from "@lastunit/adapter-contract/conformance";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, errors, listing, spentBucket, useNockedWalmart, walmart } from "./testing.ts";

const now = Date.parse("2026-11-20T10:00:00.000Z");
const inDays = (days: number) => new Date(now + days * 86_400_000).toISOString();
const usd = (amount: string) => ({ amount, currency: "USD" });
const priced = (sku: string, amount: string, sale: SalePrice | null = null): PriceUpdate => ({
  listing: listing(sku),
  price: usd(amount),
  sale,
});
const sale: SalePrice = { price: usd("14.95"), from: inDays(1), until: inDays(31) };
const accepted = { status: "accepted" };

/** A promotion as `GET /v3/promo/sku/{sku}` tells it, from Walmart's OpenAPI sample. */
const shown = (from: string, until: string, amount = 14.95) => ({
  currentPrice: { value: { currency: "USD", amount } },
  currentPriceType: "REDUCED",
  effectiveDate: Date.parse(from),
  expirationDate: Date.parse(until),
});

describe("prices", () => {
  useNockedWalmart();
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function expectPromotions(...pricing: readonly object[]) {
    const answer = { payload: { itemIdentifier: { sku: "CAP" }, pricingList: { pricing } } };
    const asked = walmart().get("/v3/promo/sku/CAP");
    if (pricing.length > 0) asked.reply(200, answer);
    else asked.reply(404, errors("CONTENT_NOT_FOUND.GMP_PRICE_API", "None"));
  }
  const expectBase = (amount: number, sku = "CAP") =>
    walmart().put("/v3/price", {
      sku,
      pricing: [{ currentPriceType: "BASE", currentPrice: { currency: "USD", amount } }],
    });
  const expectReplaced = (...pricing: readonly (typeof promotion)[]) =>
    walmart().put("/v3/price?promo=true", { sku: "CAP", replaceAll: "true", pricing: [...pricing] });
  const promotion = {
    currentPriceType: "REDUCED",
    currentPrice: { currency: "USD", amount: 14.95 },
    comparisonPriceType: "BASE",
    comparisonPrice: { currency: "USD", amount: 19.9 },
    effectiveDate: inDays(1),
    expirationDate: inDays(31),
    processMode: "UPSERT",
  };
  const push = (...updates: readonly PriceUpdate[]) => connect().session.pushPrices?.(updates, callWithin());

  it("are written as BASE, one call each where there is no sale to end", async () => {
    expectPromotions();
    expectBase(19.9).reply(200, { ItemPriceResponse: { sku: "CAP", message: "Thank you." } });
    expect(await push(priced("CAP", "19.90"))).toEqual([accepted]);
  });

  it("of a sale replace all promotions of the SKU", async () => {
    expectPromotions(shown(inDays(-3), inDays(20), 9.5));
    expectBase(19.9).reply(200, {});
    expectReplaced(promotion).reply(200, {});
    expect(await push(priced("CAP", "19.90", sale))).toEqual([accepted]);
  });

  it("end a sale by replacing all promotions by none", async () => {
    expectPromotions(shown(inDays(-3), inDays(20)));
    expectBase(19.9).reply(200, {});
    expectReplaced().reply(200, {});
    expect(await push(priced("CAP", "19.90"))).toEqual([accepted]);
  });

  it.each([
    ["that runs", sale, shown(inDays(1), inDays(31))],
    ["that began before it was asked for again", { ...sale, from: null }, shown(inDays(-3), inDays(31))],
    ["without an end", { ...sale, from: null, until: null }, shown(inDays(-3), inDays(20))],
  ])("do not write a sale again %s: it would stop and start hours later", async (_name, wanted, existing) => {
    expectPromotions(existing);
    expectBase(19.9).reply(200, {});
    expect(await push(priced("CAP", "19.90", wanted))).toEqual([accepted]);
  });

  it("give a sale without an end the longest time Walmart takes", async () => {
    expectPromotions();
    expectBase(19.9).reply(200, {});
    expectReplaced({ ...promotion, expirationDate: inDays(181) }).reply(200, {});
    expect(await push(priced("CAP", "19.90", { ...sale, until: null }))).toEqual([accepted]);
  });

  it.each([
    ["sale_starts_too_soon", { sale: { ...sale, from: null } }],
    ["sale_starts_too_soon", { sale: { ...sale, from: new Date(now + 3 * 3_600_000).toISOString() } }],
    ["sale_too_short", { sale: { ...sale, until: inDays(14) } }],
    ["sale_too_long", { sale: { ...sale, until: inDays(182) } }],
    ["wrong_currency", { price: { amount: "19.90", currency: "EUR" } }],
    ["wrong_amount", { price: usd("19.905") }],
    ["wrong_amount", { sale: { ...sale, price: usd("-1") } }],
  ])("are rejected before anything is written: %s", async (code, changes) => {
    if (code !== "wrong_currency" && !("price" in changes)) expectPromotions();
    expect(await push({ ...priced("CAP", "19.90"), ...changes })).toMatchObject([{ status: "rejected", code }]);
  });

  it("are answered for each listing, in Walmart's own words", async () => {
    const invalid = errors("INVALID_REQUEST_PARAM.GMP_PRICE_API", "Price is below the floor");
    walmart().get("/v3/promo/sku/BAD").reply(404, invalid);
    expectBase(1, "BAD").reply(200, invalid);
    expectPromotions();
    expectBase(19.9).reply(200, {});
    expect(await push(priced("BAD", "1"), priced("CAP", "19.90"))).toEqual([
      { status: "rejected", code: "INVALID_REQUEST_PARAM.GMP_PRICE_API", message: "Price is below the floor" },
      accepted,
    ]);
  });

  it("that a key may not write are the listing's matter: quantities go on", async () => {
    expectPromotions();
    expectBase(19.9).reply(403, errors("FORBIDDEN.GMP_GATEWAY_API", "No access"));
    expect(await push(priced("CAP", "19.90"))).toMatchObject([
      { status: "rejected", message: expect.stringContaining("full access to Price") },
    ]);
  });

  it("stop at a 429: what was written stands, the rest waits", async () => {
    expectPromotions();
    expectBase(19.9).reply(200, {});
    walmart().get("/v3/promo/sku/HAT").reply(404, {});
    expectBase(5, "HAT").reply(429, errors("REQUEST_THRESHOLD_VIOLATED", "Slow down"), { "retry-after": "30" });
    const outcomes = await push(priced("CAP", "19.90"), priced("HAT", "5"), priced("BAG", "7"));
    expect(outcomes).toMatchObject([accepted, { status: "throttled" }, { status: "throttled" }]);
  });

  it("are rate_limited once the hour's writes are spent, instead of waiting for the next one", async () => {
    expectPromotions();
    const pushing = connect({ pacer: spentBucket("price_write") }).session.pushPrices?.(
      [priced("CAP", "19.90")],
      callWithin(),
    );
    await expect(pushing).rejects.toMatchObject({
      failure: "rate_limited",
      code: "hour_is_spent",
      retryAfterMs: 36_000,
    });
  });
});
