import type { ExpectStatic } from "vitest";
import { chunksOf } from "../chunks-of.ts";
import type { ListingRef } from "../inventory.ts";
import type { PriceUpdate } from "../prices.ts";
import { given, without, type ConformanceGroup } from "./case.ts";
import { eventually, importRef } from "./drivers.ts";
import { callWithin, type ConformanceHarness } from "./harness.ts";

const prices = without(
  ({ adapter }) => adapter.capabilities.pricesPerCall > 0,
  "prices are not pushed to this channel",
);

export const pricing: ConformanceGroup = {
  about: "prices",
  cases: [
    {
      title: "can be pushed exactly where the adapter says so",
      async run({ adapter, session }, expect) {
        expect(typeof session.pushPrices).toBe(adapter.capabilities.pricesPerCall > 0 ? "function" : "undefined");
      },
    },
    {
      title: "are set as they were given, without a rounding error",
      ...prices,
      async run(harness, expect) {
        const red = await importRef(harness, "CAP-RED");
        expect(await pushPrices(harness, [priceOf(harness, red, "19.90")])).toEqual([{ status: "accepted" }]);
        await asks(harness, expect, "CAP-RED", { price: "19.90", sale: null });
      },
    },
    {
      title: "can be lowered for a time and go back, or the item says that the channel can't",
      ...prices,
      async run(harness, expect) {
        const red = await importRef(harness, "CAP-RED");
        const on = await pushPrices(harness, [priceOf(harness, red, "19.90", "14.95")]);
        if (on[0]?.status === "rejected") return;
        expect(on).toEqual([{ status: "accepted" }]);
        await asks(harness, expect, "CAP-RED", { price: "19.90", sale: "14.95" });
        expect(await pushPrices(harness, [priceOf(harness, red, "19.90")])).toEqual([{ status: "accepted" }]);
        await asks(harness, expect, "CAP-RED", { price: "19.90", sale: null });
      },
    },
    {
      title: "are answered for each item: one bad item never blocks the others",
      ...prices,
      async run(harness, expect) {
        const red = await importRef(harness, "CAP-RED");
        const updates = [priceOf(harness, harness.unknownListing(red), "1.00"), priceOf(harness, red, "2.50")];
        const outcomes = await pushPrices(harness, updates);
        expect(outcomes.map(({ status }) => status)).toEqual([expect.stringMatching(/^(rejected|retry)$/), "accepted"]);
        await asks(harness, expect, "CAP-RED", { price: "2.50", sale: null });
      },
    },
    {
      title: "do not touch the quantity that buyers see",
      ...prices,
      async run(harness, expect) {
        await pushPrices(harness, [priceOf(harness, await importRef(harness, "CAP-RED"), "3.00")]);
        await asks(harness, expect, "CAP-RED", { price: "3.00", sale: null });
        expect(harness.shown("CAP-RED")).toBe(5);
      },
    },
  ],
};

function priceOf(harness: ConformanceHarness, listing: ListingRef, amount: string, sale?: string): PriceUpdate {
  const { currency } = harness.prices;
  return {
    listing,
    price: { amount, currency },
    sale: sale === undefined ? null : { price: { amount: sale, currency }, from: null, until: null },
  };
}

/** In calls of the size the adapter allows. */
async function pushPrices({ adapter, session }: ConformanceHarness, updates: readonly PriceUpdate[]) {
  const outcomes = [];
  for (const part of chunksOf(updates, adapter.capabilities.pricesPerCall)) {
    outcomes.push(...given(await session.pushPrices?.(part, callWithin())));
  }
  return outcomes;
}

/** Waits until a buyer is asked this; the regular price counts beside a sale only where the platform shows both. */
async function asks(
  harness: ConformanceHarness,
  expect: ExpectStatic,
  sku: string,
  wanted: { readonly price: string; readonly sale: string | null },
): Promise<void> {
  await eventually(() => {
    const { price, sale } = harness.prices.shown(sku);
    const asked = sale ?? price;
    const { currency } = harness.prices;
    expect({ ...asked, amount: Number(asked.amount) }).toEqual({
      amount: Number(wanted.sale ?? wanted.price),
      currency,
    });
    if (sale) expect(Number(price.amount)).toBe(Number(wanted.price));
  });
}
