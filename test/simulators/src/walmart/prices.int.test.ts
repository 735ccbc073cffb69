import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openWalmart, type WalmartBench } from "./testing.ts";

const start = Date.parse("2026-11-20T10:00:00.000Z");
const hours = (count: number) => new Date(start + count * 3_600_000).toISOString();
const days = (count: number) => hours(24 * count);
const usd = (amount: number) => ({ currency: "USD", amount });
let walmart: WalmartBench;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: start });
  walmart = await openWalmart([{ sku: "A", quantity: 5, price: 10 }]);
});

afterEach(async () => {
  vi.useRealTimers();
  await walmart.simulator.stop();
});

const put = (path: string, body: object) => walmart.call("PUT", path, { json: { sku: "A", ...body } });
const base = (currentPrice: object, changes: object = {}) =>
  put("/v3/price", { pricing: [{ currentPriceType: "BASE", currentPrice }], ...changes });
const promotion = (changes: object = {}) => ({
  currentPriceType: "REDUCED",
  currentPrice: usd(8),
  comparisonPriceType: "BASE",
  comparisonPrice: usd(10),
  effectiveDate: days(1),
  expirationDate: days(31),
  processMode: "UPSERT",
  ...changes,
});
const promote = (pricing: readonly object[], replaceAll = "true") =>
  put("/v3/price?promo=true", { replaceAll, pricing });
const shown = () => walmart.simulator.prices?.("acme")[0];
const asked = (amount: string, sale: string | null) => ({
  sku: "A",
  price: { amount, currency: "USD" },
  sale: sale === null ? null : { amount: sale, currency: "USD" },
});

describe("a price", () => {
  it("is set in dollars and cents", async () => {
    expect((await base(usd(19.9))).body).toMatchObject({ ItemPriceResponse: { mart: "WALMART_US", sku: "A" } });
    expect(shown()).toEqual(asked("19.90", null));
    for (const wrong of [{ currency: "EUR", amount: 1 }, usd(-1), usd(1.005), usd(0), { currency: "USD" }]) {
      expect((await base(wrong)).status).toBe(400);
    }
    expect((await base(usd(1), { sku: "NOBODY" })).status).toBe(404);
    expect((await put("/v3/price", {})).status).toBe(400);
    expect(shown()).toEqual(asked("19.90", null));
  });
});

describe("promotions", () => {
  const token = async () => ({ "wm_sec.access_token": (await walmart.token()).body.access_token });

  it("are asked from their start to their end, and told with times as numbers", async () => {
    expect((await promote([promotion()])).status).toBe(200);
    expect(shown()).toEqual(asked("10.00", null));
    vi.setSystemTime(Date.parse(days(2)));
    expect(shown()).toEqual(asked("10.00", "8.00"));
    const { body } = await walmart.call("GET", "/v3/promo/sku/A", { headers: await token() });
    expect(body.payload.pricingList.pricing).toMatchObject([
      { currentPriceType: "REDUCED", currentPrice: { value: usd(8) }, effectiveDate: Date.parse(days(1)) },
    ]);
    vi.setSystemTime(Date.parse(days(32)));
    expect(shown()).toEqual(asked("10.00", null));
  });

  it("are all gone once they are replaced by none", async () => {
    await promote([promotion()]);
    expect((await promote([])).status).toBe(200);
    expect((await walmart.call("GET", "/v3/promo/sku/A")).status).toBe(404);
  });

  it.each([
    ["starts in less than four hours", { effectiveDate: hours(3.9) }],
    ["lasts less than 14 days", { expirationDate: days(14) }],
    ["lasts more than 180 days", { expirationDate: days(182) }],
    ["has no price to compare with", { comparisonPrice: null }],
    ["is in euros", { currentPrice: { currency: "EUR", amount: 8 } }],
    ["is not to be put in", { processMode: "DELETE" }],
  ])("are refused when one %s", async (_name, changes) => {
    expect((await promote([promotion(changes)])).status).toBe(400);
    expect((await walmart.call("GET", "/v3/promo/sku/A")).status).toBe(404);
  });

  it("must not overlap, nor be replaced within four hours of their start", async () => {
    await promote([promotion()]);
    const later = promotion({ effectiveDate: days(40), expirationDate: days(60) });
    expect((await promote([promotion()], "false")).status).toBe(400);
    expect((await promote([later], "false")).status).toBe(200);
    vi.setSystemTime(Date.parse(hours(21)));
    const headers = await token();
    const json = { sku: "A", replaceAll: "true", pricing: [] };
    expect((await walmart.call("PUT", "/v3/price?promo=true", { json, headers })).status).toBe(400);
  });
});
