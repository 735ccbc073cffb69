import { ChannelError } from "../errors.ts";
import { pushing } from "./pushing.ts";
import { asNumber, failingAs, session, unshippedOf, updates } from "./testing/breaks.ts";
import { turnsRedFor } from "./testing/turns-red.ts";

turnsRedFor(pushing, [
  {
    does: "answers accepted without writing",
    how: session(() => ({ pushInventory: async (asked) => asked.map(() => ({ status: "accepted" })) })),
    turnsRed: ["pushes quantities and reads the same back"],
  },
  {
    does: "reads SKUs as numbers",
    how: updates((one) => ({ ...one, listing: { ...one.listing, sku: asNumber(one.listing.sku) } })),
    turnsRed: ["pushes and reads listings whose SKUs look like something else"],
  },
  {
    does: "writes the quantity without the units not shipped",
    how: session((whole) => ({
      async pushInventory(asked, call) {
        const listings = asked.map(({ listing }) => listing);
        const unshipped = await unshippedOf(whole, listings, call);
        const lowered = asked.map((one, index) => ({ ...one, quantity: one.quantity - (unshipped[index] ?? 0) }));
        return await whole.pushInventory(lowered, call);
      },
    })),
    turnsRed: ["shows what was pushed, and reads it back, also while an order waits to be shipped"],
  },
  {
    does: "does not tell what was sold and not shipped",
    how: session((whole) => ({
      async readInventory(...args) {
        const read = await whole.readInventory(...args);
        return read.map((one) => (one.status === "read" ? { ...one, reserved: null } : one));
      },
    })),
    turnsRed: ["tells the units sold and not shipped where the channel's number includes them"],
  },
  {
    does: "adds the units of shipped orders too",
    how: session((whole) => ({
      async pushInventory(asked, call) {
        const { orders } = await whole.pollOrders(new Date(), call);
        const ordered = (sku: string) =>
          orders
            .flatMap(({ lines }) => lines)
            .filter(({ item }) => item.sku === sku)
            .reduce((sum, { quantity }) => sum + quantity, 0);
        return await whole.pushInventory(
          asked.map((one) => ({ ...one, quantity: one.quantity + ordered(one.listing.sku) })),
          call,
        );
      },
    })),
    turnsRed: ["shows what was pushed once an order has been shipped"],
  },
  {
    does: "fails the whole call for one bad item",
    how: session((whole) => ({
      async pushInventory(asked, call) {
        const outcomes = await whole.pushInventory(asked, call);
        if (outcomes.some(({ status }) => status === "rejected")) {
          throw new ChannelError("rejected", "an item is wrong", { code: "bad" });
        }
        return outcomes;
      },
      async readInventory(listings, call) {
        const read = await whole.readInventory(listings, call);
        if (read.some(({ status }) => status === "missing")) {
          throw new ChannelError("rejected", "an item is missing", { code: "bad" });
        }
        return read;
      },
    })),
    turnsRed: [
      "answers for each item: one bad item never blocks the others",
      "reads an unknown item as missing, beside the others",
    ],
  },
  {
    does: "overwrites without comparing",
    how: updates((one) => ({ ...one, expected: null })),
    turnsRed: [
      "refuses to overwrite a sale it has not seen, where the channel compares and sets, and writes the others",
    ],
  },
  {
    does: "takes a sale that brought the channel to the wanted number for its own write",
    how: session((whole) => ({
      async pushInventory(asked, call) {
        const outcomes = await whole.pushInventory(asked, call);
        return outcomes.map((outcome, index) =>
          outcome.status === "stale" && outcome.actual === asked[index]?.quantity ? { status: "accepted" } : outcome,
        );
      },
    })),
    turnsRed: ["says stale also where a sale it has not seen brought the channel to the very number that is wanted"],
  },
  {
    does: "calls a lost answer a failure for good",
    how: failingAs("rejected"),
    turnsRed: ["ends at the right number when the answer to a write was lost and the write is repeated"],
  },
]);
