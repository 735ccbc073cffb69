import { ChannelError } from "../errors.ts";
import { feeding } from "./feeding.ts";
import { asNumber, capabilities, failingAs, session, unshippedOf, updates } from "./testing/breaks.ts";
import { turnsRedFor } from "./testing/turns-red.ts";

turnsRedFor(feeding, [
  {
    does: "hides that it has feeds",
    how: capabilities({ feeds: null }),
    turnsRed: ["can be submitted and collected exactly where the adapter says so"],
  },
  {
    does: "tells of a feed that is done, and of none of its rows",
    how: session(() => ({ collectFeed: async () => ({ status: "done", outcomes: [] }) })),
    turnsRed: ["set many quantities, and answer for each once they are done"],
  },
  {
    does: "reads SKUs as numbers",
    how: updates((one) => ({ ...one, listing: { ...one.listing, sku: asNumber(one.listing.sku) } })),
    turnsRed: ["set quantities of listings whose SKUs look like something else"],
  },
  {
    does: "fails the whole feed for one bad row",
    how: session((whole) => ({
      async collectFeed(...args) {
        const report = (await whole.collectFeed?.(...args)) ?? { status: "open", askAgainMs: 1 };
        const bad = report.status === "done" ? report.outcomes.find(({ status }) => status === "rejected") : undefined;
        return report.status === "done" && bad ? { ...report, outcomes: report.outcomes.map(() => bad) } : report;
      },
    })),
    turnsRed: ["answer for each item: one bad row never blocks the others"],
  },
  {
    does: "writes the quantity without the units not shipped",
    how: session((whole) => ({
      async submitFeed(asked, call) {
        const listings = asked.map(({ listing }) => listing);
        const unshipped = await unshippedOf(whole, listings, call);
        const lowered = asked.map((one, index) => ({ ...one, quantity: one.quantity - (unshipped[index] ?? 0) }));
        return (await whole.submitFeed?.(lowered, call)) ?? "";
      },
    })),
    turnsRed: ["show what was asked for also while an order waits to be shipped"],
  },
  {
    does: "keeps feeds in memory",
    how: session((whole) => {
      const own = new Set<string>();
      return {
        async submitFeed(...args) {
          const id = (await whole.submitFeed?.(...args)) ?? "";
          own.add(id);
          return id;
        },
        async collectFeed(id, asked, call) {
          if (!own.has(id)) throw new ChannelError("rejected", "no such feed", { code: "unknown" });
          return (await whole.collectFeed?.(id, asked, call)) ?? { status: "open", askAgainMs: 1 };
        },
      };
    }),
    turnsRed: ["are collected by another process than the one that submitted them"],
  },
  {
    does: "calls a stuck feed done",
    how: session(() => ({
      collectFeed: async (_id, asked) => ({ status: "done", outcomes: asked.map(() => ({ status: "accepted" })) }),
    })),
    turnsRed: ["stay open, with a time to ask again, as long as the channel has not worked them off"],
  },
  {
    does: "says of a feed that it was taken back, and does not ask the channel to",
    how: session(() => ({ cancelFeed: async () => true })),
    turnsRed: [
      "can be taken back before the channel begins with them, and write nothing then",
      "are not called taken back once they have been worked off",
    ],
  },
  {
    does: "takes no feed back, and says it could",
    how: session(() => ({ cancelFeed: async () => false })),
    turnsRed: ["can be taken back before the channel begins with them, and write nothing then"],
  },
  {
    does: "calls a throttled feed unavailable",
    how: failingAs("unavailable"),
    turnsRed: ["are refused as rate_limited when the channel throttles, and nothing is written"],
  },
]);
