import { describe, expect, it } from "vitest";
import { call, data, listing, onGraphql, openSession, useNock, type GraphqlBody } from "./testing/harness.ts";
import { itemsOf, level, onWrite, refused, update, updates } from "./testing/pushes.ts";

useNock();

/** Taken, but no change is told. */
const silent = data({ inventorySetQuantities: { inventoryAdjustmentGroup: null, userErrors: [] } });

describe("pushing what must be read back", () => {
  it("reads back what Shopify shows for stale entries", async () => {
    const reads: GraphqlBody[] = [];
    onGraphql("inventorySetQuantities").reply(...refused({ code: "CHANGE_FROM_QUANTITY_STALE", at: 0 }));
    onWrite();
    onGraphql("nodes(", { seen: reads }).reply(...data({ nodes: [level("1", 4)] }));
    const outcomes = await openSession().session.pushInventory(updates, call());
    expect(outcomes).toEqual([{ status: "stale", actual: 4 }, { status: "accepted" }, { status: "accepted" }]);
    expect(itemsOf(reads[0])).toEqual(["1"]);
  });

  it.each(["COMPARE_QUANTITY_STALE", "ITEM_NOT_STOCKED_AT_LOCATION"])(
    "reads back what Shopify shows on %s, as older API versions say it",
    async (code) => {
      onGraphql("inventorySetQuantities").reply(...refused({ code, at: 0 }));
      onGraphql("nodes(").reply(...data({ nodes: [level("1", 4)] }));
      expect(await openSession().session.pushInventory([update("1", 3, 5)], call())).toEqual([
        { status: "stale", actual: 4 },
      ]);
    },
  );

  it("keeps the outcomes when the read-back fails, with the shown number unknown", async () => {
    onGraphql("inventorySetQuantities").reply(...refused({ code: "CHANGE_FROM_QUANTITY_STALE", at: 0 }));
    onGraphql("nodes(").reply(503, "down");
    const outcomes = await openSession().session.pushInventory([update("1", 3, 5)], call());
    expect(outcomes).toEqual([{ status: "stale", actual: null }]);
  });

  it("says stale also of an entry that shows what is wanted: it was sold down to it", async () => {
    onGraphql("inventorySetQuantities").reply(...refused({ code: "CHANGE_FROM_QUANTITY_STALE", at: 0 }));
    onGraphql("nodes(").reply(...data({ nodes: [level("1", 3)] }));
    const outcomes = await openSession().session.pushInventory([update("1", 3, 5)], call());
    expect(outcomes).toEqual([{ status: "stale", actual: 3 }]);
  });

  it("says what the other entries show, should Shopify have written them in a call it refused", async () => {
    const seen: GraphqlBody[] = [];
    onGraphql("inventorySetQuantities", { seen }).reply(...refused({ code: "INVALID_INVENTORY_ITEM", at: 1 }));
    // Both are written already, so neither is as it was when it was compared.
    onGraphql("inventorySetQuantities", { seen }).reply(
      ...refused({ code: "CHANGE_FROM_QUANTITY_STALE", at: 0 }, { code: "CHANGE_FROM_QUANTITY_STALE", at: 1 }),
    );
    onGraphql("nodes(").reply(...data({ nodes: [level("1", 3), level("271878346596884015", 7)] }));
    expect(await openSession().session.pushInventory(updates, call())).toEqual([
      { status: "stale", actual: 3 },
      { status: "rejected", code: "INVALID_INVENTORY_ITEM", message: "in words" },
      { status: "stale", actual: 7 },
    ]);
    expect(seen).toHaveLength(2);
  });

  it("believes no write that Shopify does not tell among its changes before it is read back", async () => {
    onGraphql("inventorySetQuantities").reply(...silent);
    onGraphql("nodes(").reply(
      ...data({ nodes: [level("1", 3), level("2", 0, false), level("271878346596884015", 5)] }),
    );
    expect(await openSession().session.pushInventory(updates, call())).toEqual([
      { status: "accepted" },
      expect.objectContaining({ status: "rejected", code: "UNTRACKED" }),
      { status: "stale", actual: 5 },
    ]);
  });

  it("says retry of such a write when it can't be read back", async () => {
    onGraphql("inventorySetQuantities").reply(...silent);
    onGraphql("nodes(").reply(503, "down");
    const outcomes = await openSession().session.pushInventory([update("1", 3, 5)], call());
    expect(outcomes).toMatchObject([{ status: "retry", code: "unconfirmed" }]);
  });

  it("tells the locations of one item apart", async () => {
    const at = (location: string, quantity: number) => ({
      ...update("1", quantity, 5),
      listing: listing("1", location),
    });
    const change = {
      name: "available",
      item: { id: "gid://shopify/InventoryItem/1", tracked: true },
      location: { id: "gid://shopify/Location/7" },
    };
    onGraphql("inventorySetQuantities").reply(
      ...data({ inventorySetQuantities: { inventoryAdjustmentGroup: { changes: [change] }, userErrors: [] } }),
    );
    const reads: GraphqlBody[] = [];
    onGraphql("nodes(", { seen: reads }).reply(...data({ nodes: [level("1", 4)] }));
    expect(await openSession().session.pushInventory([at("7", 2), at("8", 3)], call())).toEqual([
      { status: "accepted" },
      { status: "stale", actual: 4 },
    ]);
    expect(reads[0]?.variables["locationId"]).toBe("gid://shopify/Location/8");
  });
});
