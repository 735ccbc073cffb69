import { describe, expect, it } from "vitest";
import { call, channelErrorOf, data, onGraphql, openSession, useNock, type GraphqlBody } from "./testing/harness.ts";
import { itemsOf, level, onWrite, refused, update } from "./testing/pushes.ts";

useNock();

describe("pushing where nobody knows what Shopify shows", () => {
  const shown = (...nodes: (object | null)[]) => onGraphql("nodes(").reply(...data({ nodes }));
  const notStocked = (item: string) => ({ ...level(item, 0), inventoryLevel: null });

  it("asks first and compares with the answer, so that nothing is written blindly", async () => {
    const seen: GraphqlBody[] = [];
    shown(level("1", 5), level("2", 7));
    onWrite(seen);
    const outcomes = await openSession().session.pushInventory(
      [update("1", 3, null), update("2", 7, null), update("4", 1, 2)],
      call(),
    );
    expect(outcomes).toEqual([{ status: "accepted" }, { status: "accepted" }, { status: "accepted" }]);
    const entries = seen[0]?.variables["input"];
    // What shows the wanted number already is not sent.
    expect(entries).toMatchObject({
      quantities: [
        { inventoryItemId: "gid://shopify/InventoryItem/4", changeFromQuantity: 2 },
        { inventoryItemId: "gid://shopify/InventoryItem/1", changeFromQuantity: 5 },
      ],
    });
  });

  it("names what Shopify does not know, track or stock, and writes none of it", async () => {
    shown(level("2", 0, false), notStocked("3"), notStocked("4"));
    const outcomes = await openSession().session.pushInventory(
      [update("1", 3, null), update("2", 3, null), update("3", 3, null), update("4", 0, null)],
      call(),
    );
    expect(outcomes).toMatchObject([
      { status: "rejected", code: "INVALID_INVENTORY_ITEM" },
      { status: "rejected", code: "UNTRACKED" },
      { status: "rejected", code: "NOT_STOCKED_AT_LOCATION" },
      // Nothing is stocked there, and nothing shall be.
      { status: "accepted" },
    ]);
  });

  it("stocks the item at the location where the merchant lets us, under keys of their own", async () => {
    const activations: GraphqlBody[] = [];
    const writes: GraphqlBody[] = [];
    shown(notStocked("1"), notStocked("2"), notStocked("3"));
    onGraphql("inventoryActivate(", { seen: activations }).reply(
      ...data({ inventoryActivate: { inventoryLevel: { quantities: [{ quantity: 0 }] }, userErrors: [] } }),
    );
    onGraphql("inventoryActivate(", { seen: activations }).reply(
      ...data({ inventoryActivate: { inventoryLevel: null, userErrors: [{ message: "Not at this location" }] } }),
    );
    shown(notStocked("2"));
    onWrite(writes);
    const { session } = openSession({ settings: { activateLocations: "yes" } });
    const outcomes = await session.pushInventory(
      [update("1", 3, null), update("2", 4, null), update("3", 0, null)],
      call(),
    );
    expect(outcomes).toEqual([
      { status: "accepted" },
      { status: "rejected", code: "NOT_ACTIVATED", message: "Not at this location" },
      { status: "accepted" },
    ]);
    expect(activations[0]?.query).toContain("@idempotent(key: $key)");
    expect(activations[0]?.query).toContain("available: 0");
    expect(new Set([...activations, ...writes].map(({ variables }) => variables["key"])).size).toBe(3);
    expect(writes[0]?.variables["input"]).toMatchObject({ quantities: [{ quantity: 3, changeFromQuantity: 0 }] });
  });

  it("stocks at most 20 items a call, for they go one by one, and says retry of the others", async () => {
    const items = Array.from({ length: 21 }, (_, index) => String(index + 1));
    shown(...items.map(notStocked));
    onGraphql("inventoryActivate(")
      .times(20)
      .reply(...data({ inventoryActivate: { inventoryLevel: { quantities: [{ quantity: 0 }] }, userErrors: [] } }));
    onWrite();
    const { session } = openSession({ settings: { activateLocations: "yes" } });
    const updates = items.map((item) => update(item, 3, null));
    expect(await session.pushInventory(updates, call())).toMatchObject([
      ...items.slice(0, 20).map(() => ({ status: "accepted" })),
      { status: "retry", code: "too_many_writes" },
    ]);
  });

  it("goes on where an activation was refused and the item is stocked all the same, as after a lost answer", async () => {
    const writes: GraphqlBody[] = [];
    shown(notStocked("1"), notStocked("2"));
    // No code tells an activation that is still running, or was made already, from one that can't be.
    onGraphql("inventoryActivate(")
      .times(2)
      .reply(...data({ inventoryActivate: { inventoryLevel: null, userErrors: [{ message: "in words" }] } }));
    shown(level("1", 0), level("2", 4));
    onWrite(writes);
    const { session } = openSession({ settings: { activateLocations: "yes" } });
    expect(await session.pushInventory([update("1", 3, null), update("2", 4, null)], call())).toEqual([
      { status: "accepted" },
      { status: "accepted" },
    ]);
    expect(writes.map(itemsOf)).toEqual([["1"]]);
  });

  it("keeps Shopify's refusal of an activation when it can't be looked into", async () => {
    shown(notStocked("1"));
    onGraphql("inventoryActivate(").reply(
      ...data({ inventoryActivate: { inventoryLevel: null, userErrors: [{ message: "in words" }] } }),
    );
    onGraphql("nodes(").reply(503, "down");
    const { session } = openSession({ settings: { activateLocations: "yes" } });
    expect(await session.pushInventory([update("1", 3, null)], call())).toEqual([
      { status: "rejected", code: "NOT_ACTIVATED", message: "in words" },
    ]);
  });

  it("finds out why an entry is stale: not stocked any more", async () => {
    const stale = () =>
      onGraphql("inventorySetQuantities").reply(...refused({ code: "CHANGE_FROM_QUANTITY_STALE", at: 0 }));
    stale();
    shown(notStocked("1"));
    expect(await openSession().session.pushInventory([update("1", 3, 5)], call())).toMatchObject([
      { status: "rejected", code: "NOT_STOCKED_AT_LOCATION" },
    ]);
    stale();
    shown(notStocked("1"));
    const { session } = openSession({ settings: { activateLocations: "yes" } });
    expect(await session.pushInventory([update("1", 3, 5)], call())).toEqual([{ status: "stale", actual: null }]);
  });

  it("makes no further call once the channel throttles", async () => {
    onGraphql("nodes(").reply(429, "", { "retry-after": "2.0" });
    const pushing = openSession().session.pushInventory([update("1", 3, null), update("2", 1, 2)], call());
    expect(await channelErrorOf(pushing)).toMatchObject({ failure: "rate_limited", retryAfterMs: 2_000 });
  });
});
