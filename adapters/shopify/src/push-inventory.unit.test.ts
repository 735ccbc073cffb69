import { describe, expect, it } from "vitest";
import { call, listing, onGraphql, openSession, useNock, type GraphqlBody } from "./testing/harness.ts";
import { itemsOf, onWrite, refused, update, updates } from "./testing/pushes.ts";

useNock();

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("pushing", () => {
  it("writes available with the compared value in every entry, under a key of its own", async () => {
    const seen: GraphqlBody[] = [];
    onWrite(seen);
    expect(await openSession().session.pushInventory(updates, call())).toEqual(
      updates.map(() => ({ status: "accepted" })),
    );
    expect(seen[0]?.query).toContain("inventorySetQuantities(input: $input) @idempotent(key: $key)");
    const locationId = "gid://shopify/Location/7";
    expect(seen[0]?.variables).toEqual({
      key: expect.stringMatching(uuid),
      input: {
        name: "available",
        reason: "correction",
        referenceDocumentUri: "https://lastunit.invalid/ledger/positions/1042",
        quantities: [
          { inventoryItemId: "gid://shopify/InventoryItem/1", locationId, quantity: 3, changeFromQuantity: 5 },
          { inventoryItemId: "gid://shopify/InventoryItem/2", locationId, quantity: 0, changeFromQuantity: 4 },
          {
            inventoryItemId: "gid://shopify/InventoryItem/271878346596884015",
            locationId,
            quantity: 7,
            changeFromQuantity: 6,
          },
        ],
      },
    });
  });

  it("gives refused entries their outcome and writes the rest under a new key", async () => {
    const seen: GraphqlBody[] = [];
    onGraphql("inventorySetQuantities", { seen }).reply(...refused({ code: "INVALID_INVENTORY_ITEM", at: 1 }));
    onWrite(seen);
    const outcomes = await openSession().session.pushInventory(updates, call());
    expect(outcomes).toEqual([
      { status: "accepted" },
      { status: "rejected", code: "INVALID_INVENTORY_ITEM", message: "in words" },
      { status: "accepted" },
    ]);
    expect(itemsOf(seen[1])).toEqual(["1", "271878346596884015"]);
    expect(seen[1]?.variables["key"]).not.toBe(seen[0]?.variables["key"]);
    expect(seen[1]?.variables["key"]).toMatch(uuid);
  });

  it("keeps what was refused and says throttled for the rest when a later write meets the limit", async () => {
    onGraphql("inventorySetQuantities").reply(...refused({ code: "INVALID_INVENTORY_ITEM", at: 1 }));
    onGraphql("inventorySetQuantities").reply(429, "", { "retry-after": "2.0" });
    expect(await openSession().session.pushInventory(updates, call())).toEqual([
      { status: "throttled", retryAfterMs: 2_000 },
      { status: "rejected", code: "INVALID_INVENTORY_ITEM", message: "in words" },
      { status: "throttled", retryAfterMs: 2_000 },
    ]);
  });

  it("names the same writes by the same keys when a call is repeated", async () => {
    const seen: GraphqlBody[] = [];
    const { session } = openSession();
    const context = call();
    for (let round = 0; round < 2; round += 1) {
      onGraphql("inventorySetQuantities", { seen }).reply(...refused({ code: "INVALID_LOCATION", at: 0 }));
      onWrite(seen);
      await session.pushInventory(updates, context);
    }
    expect(seen.slice(2)).toEqual(seen.slice(0, 2));
  });

  it.each(["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"])(
    "writes the same entries under a new key on %s",
    async (code) => {
      const seen: GraphqlBody[] = [];
      onGraphql("inventorySetQuantities", { seen }).reply(...refused({ code }));
      onWrite(seen);
      const outcomes = await openSession().session.pushInventory(updates, call());
      expect(outcomes.map(({ status }) => status)).toEqual(["accepted", "accepted", "accepted"]);
      expect(seen[1]?.variables["input"]).toEqual(seen[0]?.variables["input"]);
      expect(seen[1]?.variables["key"]).not.toBe(seen[0]?.variables["key"]);
    },
  );

  it("says retry while the same write is still running", async () => {
    onGraphql("inventorySetQuantities").reply(...refused({ code: "IDEMPOTENCY_CONCURRENT_REQUEST" }));
    const outcomes = await openSession().session.pushInventory(updates, call());
    expect(outcomes).toMatchObject(updates.map(() => ({ status: "retry", code: "IDEMPOTENCY_CONCURRENT_REQUEST" })));
  });

  it("stops after a stated number of writes and says retry for what is left", async () => {
    const many = Array.from({ length: 20 }, (_, index) => update(String(index + 1), 1, 1));
    onGraphql("inventorySetQuantities")
      .times(16)
      .reply(...refused({ code: "INVALID_LOCATION", at: 0 }));
    const outcomes = await openSession().session.pushInventory(many, call());
    expect(outcomes).toMatchObject([
      ...Array.from({ length: 16 }, () => ({ status: "rejected" })),
      ...Array.from({ length: 4 }, () => ({ status: "retry", code: "too_many_writes" })),
    ]);
  });

  it("rejects an item Shopify does not track, though Shopify took the number", async () => {
    onWrite([], ["gid://shopify/InventoryItem/2"]);
    const outcomes = await openSession().session.pushInventory(updates, call());
    expect(outcomes).toMatchObject([
      { status: "accepted" },
      { status: "rejected", code: "UNTRACKED" },
      { status: "accepted" },
    ]);
  });

  it("rejects a listing without a location and never sends it", async () => {
    const seen: GraphqlBody[] = [];
    onWrite(seen);
    const lost = { ...update("9", 1, 1), listing: { ...listing("9"), externalLocationId: null } };
    const outcomes = await openSession().session.pushInventory([lost, update("1", 3, 5)], call());
    expect(outcomes).toMatchObject([{ status: "rejected", code: "INVALID_LISTING" }, { status: "accepted" }]);
    expect(itemsOf(seen[0])).toEqual(["1"]);
  });
});
