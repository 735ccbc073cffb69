import type { ImportedListing, InventoryUpdate, OrderPage } from "@lastunit/adapter-contract";
import { callWithin, type ConformanceHarness } from "@lastunit/adapter-contract/conformance";
import { afterEach, describe, expect, it, vi } from "vitest";
import { connectSimulated } from "./conformance/simulated-channel.ts";
import { startWalmart, walmart } from "./conformance/walmart.ts";

let harness: ConformanceHarness;
afterEach(async () => {
  await harness.session.close();
  await harness.stop();
});

/** Connects to a simulator with 5 red caps. @param options of the simulator. */
async function begin(options: Parameters<typeof startWalmart>[0] = {}): Promise<void> {
  const platform = { ...walmart, start: (given: object) => startWalmart({ ...given, ...options }) };
  harness = await connectSimulated(platform, { listings: [{ sku: "CAP-RED", quantity: 5 }], restricted: false });
}

const imported = async () => (await harness.session.importListings(null, callWithin())).listings;
const to = ({ sku, externalId, externalLocationId, external }: ImportedListing, quantity: number): InventoryUpdate => ({
  listing: { listingId: sku, sku, externalId, externalLocationId, external },
  quantity,
  expected: null,
  position: 1,
});
const push = async (...updates: readonly InventoryUpdate[]) => {
  const outcomes = await harness.session.pushInventory(updates, callWithin());
  expect(outcomes).toEqual(updates.map(() => ({ status: "accepted" })));
};
const shown = () => harness.shown("CAP-RED");

/** All pages of one poll. */
async function poll(start: string | Date): Promise<readonly OrderPage[]> {
  const pages: OrderPage[] = [];
  for (let from = start; pages.at(-1)?.more !== false; from = pages.at(-1)?.cursor ?? start) {
    pages.push(await harness.session.pollOrders(from, callWithin()));
  }
  return pages;
}
const signalsOf = (pages: readonly OrderPage[]) => pages.flatMap(({ signals = [] }) => signals);

describe("a Walmart on which shipped units are for sale again, as one of its documents has it", () => {
  it("is told of as in doubt when an order ships, and the next push sets it right", async () => {
    await begin({ shippingLowersInput: false });
    const [red] = await imported();
    const cursor = (await poll(new Date())).at(-1)?.cursor ?? "";
    const { orderId } = await harness.placeOrder([{ sku: "CAP-RED", quantity: 2 }]);
    expect(signalsOf(await poll(cursor))).toEqual([]);
    await harness.ship(orderId);
    expect(shown()).toBe(5);
    expect(signalsOf(await poll(cursor))).toContainEqual(
      expect.objectContaining({
        type: "quantity_doubted",
        externalId: "CAP-RED",
        externalLocationId: null,
      }),
    );
    await push(to(red!, 3));
    expect(shown()).toBe(3);
  });
});

describe("a feed that was under way while an order of its listing shipped", () => {
  it("would show the shipped units again: the listing is tried once more, and a push sets it right", async () => {
    await begin({ feedDelayMs: 2_000 });
    const [red] = await imported();
    const { orderId } = await harness.placeOrder([{ sku: "CAP-RED", quantity: 2 }]);
    const updates = [to(red!, 3)];
    const feedId = (await harness.session.submitFeed?.(updates, callWithin())) ?? "";
    await harness.ship(orderId);
    const report = await vi.waitFor(
      async () => {
        const told = await harness.session.collectFeed?.(feedId, updates, callWithin());
        if (told?.status !== "done") throw new Error("the feed is still open");
        return told;
      },
      { timeout: 30_000, interval: 50 },
    );
    // The file says 3 and 2 reserved, and by now none is.
    expect(shown()).toBe(5);
    expect(report.outcomes).toMatchObject([{ status: "retry", code: "orders_meanwhile" }]);
    await push(...updates);
    expect(shown()).toBe(3);
  });
});

describe("a seller with two ship nodes", () => {
  it("has a listing for each that holds the item, written in one call and sold from where the units are", async () => {
    await begin({ shipNodes: 2 });
    const [first] = await imported();
    const [, second] = (await harness.session.locations(callWithin())).map((one) => one.externalLocationId);
    expect(first?.externalLocationId).not.toBeNull();
    const there = { ...first!, externalLocationId: second ?? null };
    await push(to(first!, 1), to(there, 4));
    expect(shown()).toBe(5);
    const cursor = (await poll(new Date())).at(-1)?.cursor ?? "";
    await harness.placeOrder([{ sku: "CAP-RED", quantity: 1 }]);
    await push(to(first!, 0), to(there, 4));
    const { orderId } = await harness.placeOrder([{ sku: "CAP-RED", quantity: 1 }]);
    const orders = (await poll(cursor)).flatMap((page) => page.orders);
    const lines = orders.find((order) => order.orderId === orderId)?.lines;
    expect(lines).toMatchObject([{ externalLocationId: second }]);
    const read = await harness.session.readInventory([to(first!, 0).listing, to(there, 0).listing], callWithin());
    expect(read).toEqual([
      { status: "read", available: 0, reserved: 1 },
      { status: "read", available: 3, reserved: 1 },
    ]);
    expect((await imported()).map((one) => [one.externalLocationId, one.available])).toEqual([
      [first?.externalLocationId, 0],
      [second, 3],
    ]);
  });
});
