import { ChannelError } from "../errors.ts";
import type { PriceUpdate } from "../prices.ts";
import { pricing } from "./pricing.ts";
import { capabilities, session } from "./testing/breaks.ts";
import { turnsRedFor } from "./testing/turns-red.ts";

/** Pushes another price than it was asked for. */
const prices = (distorted: (update: PriceUpdate) => PriceUpdate) =>
  session((whole) => ({
    pushPrices: async (asked, call) => (await whole.pushPrices?.(asked.map(distorted), call)) ?? [],
  }));

turnsRedFor(pricing, [
  {
    does: "hides that it can push them",
    how: capabilities({ pricesPerCall: 0 }),
    turnsRed: ["can be pushed exactly where the adapter says so"],
  },
  {
    does: "rounds them",
    how: prices((one) => ({ ...one, price: { ...one.price, amount: Number(one.price.amount).toFixed(0) } })),
    turnsRed: ["are set as they were given, without a rounding error"],
  },
  {
    does: "forgets the lower one",
    how: prices((one) => ({ ...one, sale: null })),
    turnsRed: ["can be lowered for a time and go back, or the item says that the channel can't"],
  },
  {
    does: "fails the whole call for one bad item",
    how: session((whole) => ({
      async pushPrices(...args) {
        const outcomes = (await whole.pushPrices?.(...args)) ?? [];
        if (outcomes.some(({ status }) => status === "rejected")) {
          throw new ChannelError("rejected", "an item is wrong", { code: "bad" });
        }
        return outcomes;
      },
    })),
    turnsRed: ["are answered for each item: one bad item never blocks the others"],
  },
  {
    does: "writes the whole item, its quantity as well",
    how: session((whole) => ({
      async pushPrices(asked, call) {
        const quantities = asked.map(({ listing }) => ({ listing, quantity: 0, expected: null, position: 1 }));
        await whole.pushInventory(quantities, call);
        return (await whole.pushPrices?.(asked, call)) ?? [];
      },
    })),
    turnsRed: ["do not touch the quantity that buyers see"],
  },
]);
