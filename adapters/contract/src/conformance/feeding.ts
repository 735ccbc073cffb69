import { vi } from "vitest";
import type { ChannelSession } from "../adapter.ts";
import type { InventoryUpdate, UpdateOutcome } from "../inventory.ts";
import { given, without, type ConformanceGroup } from "./case.ts";
import { errorOf, importRef, importRefs, shows, update } from "./drivers.ts";
import { callWithin, smallCatalog } from "./harness.ts";
import { oddCatalog, oddSkus } from "./importing.ts";

const feeds = without(({ adapter }) => adapter.capabilities.feeds, "the channel has no feeds of quantities");
const cancellable = without(({ session }) => session.cancelFeed !== undefined, "the channel takes no feed back");
const skus = smallCatalog.map(({ sku }) => sku);

export const feeding: ConformanceGroup = {
  about: "feeds",
  cases: [
    {
      title: "can be submitted and collected exactly where the adapter says so",
      async run({ adapter, session }, expect) {
        const verbs = [typeof session.submitFeed, typeof session.collectFeed];
        const wanted = adapter.capabilities.feeds === null ? "undefined" : "function";
        expect(verbs).toEqual([wanted, wanted]);
      },
    },
    {
      title: "set many quantities, and answer for each once they are done",
      ...feeds,
      async run(harness, expect) {
        const refs = await importRefs(harness, skus);
        const updates = refs.map((ref, index) => update(harness, ref, 10 * index));
        const feedId = await submit(harness.session, updates);
        expect(await collect(harness.session, feedId, updates)).toEqual(refs.map(() => ({ status: "accepted" })));
        await shows(harness, expect, { "CAP-RED": 0, "CAP-BLU": 10, "CAP-GRN": 20 });
      },
    },
    {
      title: "set quantities of listings whose SKUs look like something else",
      seed: { listings: oddCatalog },
      ...feeds,
      async run(harness, expect) {
        const updates = (await importRefs(harness, oddSkus)).map((ref, index) => update(harness, ref, 30 + index));
        const feedId = await submit(harness.session, updates);
        expect(await collect(harness.session, feedId, updates)).toEqual(updates.map(() => ({ status: "accepted" })));
        await shows(harness, expect, Object.fromEntries(oddSkus.map((sku, index) => [sku, 30 + index])));
      },
    },
    {
      title: "answer for each item: one bad row never blocks the others",
      ...feeds,
      async run(harness, expect) {
        const red = await importRef(harness, "CAP-RED");
        const blue = await importRef(harness, "CAP-BLU");
        const updates = [
          update(harness, red, 1),
          update(harness, harness.unknownListing(red), 1, null),
          update(harness, blue, 2),
        ];
        const feedId = await submit(harness.session, updates);
        const outcomes = await collect(harness.session, feedId, updates);
        expect(outcomes.map(({ status }) => status)).toEqual([
          "accepted",
          expect.stringMatching(/^(rejected|retry)$/),
          "accepted",
        ]);
        await shows(harness, expect, { "CAP-RED": 1, "CAP-BLU": 2 });
      },
    },
    {
      title: "show what was asked for also while an order waits to be shipped",
      ...feeds,
      async run(harness, expect) {
        const ref = await importRef(harness, "CAP-RED");
        await harness.placeOrder([{ sku: "CAP-RED", quantity: 2 }]);
        const updates = [update(harness, ref, 6)];
        await collect(harness.session, await submit(harness.session, updates), updates);
        await shows(harness, expect, { "CAP-RED": 6 });
      },
    },
    {
      title: "are collected by another process than the one that submitted them",
      ...feeds,
      async run(harness, expect) {
        const updates = [update(harness, await importRef(harness, "CAP-RED"), 4)];
        const feedId = await submit(harness.session, updates);
        const another = harness.openSession();
        expect(await collect(another, feedId, updates)).toEqual([{ status: "accepted" }]);
        await another.close();
      },
    },
    {
      title: "stay open, with a time to ask again, as long as the channel has not worked them off",
      ...feeds,
      async run(harness, expect) {
        const updates = [update(harness, await importRef(harness, "CAP-RED"), 1)];
        harness.stickFeed();
        const feedId = await submit(harness.session, updates);
        const report = given(await harness.session.collectFeed?.(feedId, updates, callWithin()));
        expect(report).toEqual({ status: "open", askAgainMs: expect.any(Number) });
        expect(report.status === "open" && report.askAgainMs).toBeGreaterThan(0);
        expect(harness.shown("CAP-RED")).toBe(5);
      },
    },
    {
      title: "can be taken back before the channel begins with them, and write nothing then",
      ...cancellable,
      async run(harness, expect) {
        const updates = [update(harness, await importRef(harness, "CAP-RED"), 1)];
        harness.stickFeed();
        const feedId = await submit(harness.session, updates);
        expect(await harness.session.cancelFeed?.(feedId, callWithin())).toBe(true);
        expect(await harness.session.collectFeed?.(feedId, updates, callWithin())).toEqual({
          status: "done",
          outcomes: [{ status: "retry", code: expect.any(String), message: expect.any(String) }],
        });
        expect(harness.shown("CAP-RED")).toBe(5);
      },
    },
    {
      title: "are not called taken back once they have been worked off",
      ...cancellable,
      async run(harness, expect) {
        const updates = [update(harness, await importRef(harness, "CAP-RED"), 4)];
        const feedId = await submit(harness.session, updates);
        await collect(harness.session, feedId, updates);
        expect(await harness.session.cancelFeed?.(feedId, callWithin())).toBe(false);
        await shows(harness, expect, { "CAP-RED": 4 });
      },
    },
    {
      title: "are refused as rate_limited when the channel throttles, and nothing is written",
      ...feeds,
      async run(harness, expect) {
        const updates = [update(harness, await importRef(harness, "CAP-RED"), 1)];
        harness.fault({ on: "feed", effect: { type: "throttle" } });
        expect(await errorOf(submit(harness.session, updates))).toMatchObject({ failure: "rate_limited" });
        expect(harness.shown("CAP-RED")).toBe(5);
      },
    },
  ],
};

async function submit(session: ChannelSession, updates: readonly InventoryUpdate[]): Promise<string> {
  return given(await session.submitFeed?.(updates, callWithin()));
}

/** Asks until the feed is done. */
async function collect(
  session: ChannelSession,
  feedId: string,
  updates: readonly InventoryUpdate[],
): Promise<readonly UpdateOutcome[]> {
  return await vi.waitFor(
    async () => {
      const report = given(await session.collectFeed?.(feedId, updates, callWithin()));
      if (report.status === "open") throw new Error(`feed ${feedId} is still open`);
      return report.outcomes;
    },
    { timeout: 10_000, interval: 50 },
  );
}
