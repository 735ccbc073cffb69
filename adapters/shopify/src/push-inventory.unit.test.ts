import type { InventoryUpdate } from "@lastunit/adapter-contract";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  call,
  channelErrorOf,
  data,
  json,
  listing,
  onGraphql,
  openSession,
  useNock,
  type GraphqlBody,
} from "./testing/harness.ts";

useNock({ beforeEach, afterEach });

function update(item: string, quantity: number, expected: number | null): InventoryUpdate {
  return { listing: listing(item), quantity, expected, position: 1042 };
}

const updates = [update("1", 3, 5), update("2", 0, null), update("271878346596884015", 7, 7)];

function refused(...errors: { code: string; at?: number; field?: string[] | null; message?: string }[]) {
  const userErrors = errors.map(({ code, at, field, message = "in words" }) => ({
    code,
    message,
    field: at === undefined ? (field ?? null) : ["input", "quantities", String(at), "quantity"],
  }));
  return data({ inventorySetQuantities: { inventoryAdjustmentGroup: null, userErrors } });
}

const written = data({ inventorySetQuantities: { inventoryAdjustmentGroup: { changes: [] }, userErrors: [] } });

function level(item: string, available: number, tracked = true) {
  const quantities = [{ name: "available", quantity: available }];
  return { id: `gid://shopify/InventoryItem/${item}`, tracked, inventoryLevel: { quantities } };
}

function itemsOf(body: GraphqlBody | undefined): string[] {
  return [...JSON.stringify(body?.variables).matchAll(/InventoryItem\/(\d+)/g)].map(([, id]) => id ?? "");
}

describe("pushing", () => {
  it("writes available with the compared value in every entry, an explicit null when it is unknown", async () => {
    const seen: GraphqlBody[] = [];
    onGraphql("inventorySetQuantities", { seen }).reply(...written);
    const context = call();
    expect(await openSession().session.pushInventory(updates, context)).toEqual(
      updates.map(() => ({ status: "accepted" })),
    );
    expect(seen[0]?.query).toContain("inventorySetQuantities(input: $input) @idempotent(key: $key)");
    const locationId = "gid://shopify/Location/7";
    expect(seen[0]?.variables).toEqual({
      key: context.idempotencyKey,
      input: {
        name: "available",
        reason: "correction",
        referenceDocumentUri: "https://lastunit.invalid/ledger/positions/1042",
        quantities: [
          { inventoryItemId: "gid://shopify/InventoryItem/1", locationId, quantity: 3, changeFromQuantity: 5 },
          { inventoryItemId: "gid://shopify/InventoryItem/2", locationId, quantity: 0, changeFromQuantity: null },
          {
            inventoryItemId: "gid://shopify/InventoryItem/271878346596884015",
            locationId,
            quantity: 7,
            changeFromQuantity: 7,
          },
        ],
      },
    });
  });

  it("gives refused entries their outcome and writes the rest under a new key", async () => {
    const seen: GraphqlBody[] = [];
    onGraphql("inventorySetQuantities", { seen }).reply(...refused({ code: "INVALID_INVENTORY_ITEM", at: 1 }));
    onGraphql("inventorySetQuantities", { seen }).reply(...written);
    const outcomes = await openSession().session.pushInventory(updates, call());
    expect(outcomes).toEqual([
      { status: "accepted" },
      { status: "rejected", code: "INVALID_INVENTORY_ITEM", message: "in words" },
      { status: "accepted" },
    ]);
    expect(itemsOf(seen[1])).toEqual(["1", "271878346596884015"]);
    expect(seen[1]?.variables["key"]).not.toBe(seen[0]?.variables["key"]);
    expect(seen[1]?.variables["key"]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
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
      onGraphql("inventorySetQuantities", { seen }).reply(...written);
      await session.pushInventory(updates, context);
    }
    expect(seen.slice(2)).toEqual(seen.slice(0, 2));
  });

  it("reads back what Shopify shows for stale entries", async () => {
    const reads: GraphqlBody[] = [];
    onGraphql("inventorySetQuantities").reply(...refused({ code: "CHANGE_FROM_QUANTITY_STALE", at: 0 }));
    onGraphql("inventorySetQuantities").reply(...written);
    onGraphql("nodes(", { seen: reads }).reply(...data({ nodes: [level("1", 4)] }));
    const outcomes = await openSession().session.pushInventory(updates, call());
    expect(outcomes).toEqual([{ status: "stale", actual: 4 }, { status: "accepted" }, { status: "accepted" }]);
    expect(itemsOf(reads[0])).toEqual(["1"]);
  });

  it("keeps the outcomes when the read-back fails, with the shown number unknown", async () => {
    onGraphql("inventorySetQuantities").reply(...refused({ code: "CHANGE_FROM_QUANTITY_STALE", at: 0 }));
    onGraphql("nodes(").reply(503, "down");
    const outcomes = await openSession().session.pushInventory([update("1", 3, 5)], call());
    expect(outcomes).toEqual([{ status: "stale", actual: null }]);
  });

  it("finds an entry Shopify does not name by halving, and still writes the others", async () => {
    const seen: GraphqlBody[] = [];
    const { session } = openSession();
    onGraphql("inventorySetQuantities", { seen })
      .times(5)
      .reply(function reply() {
        const { query: _query, variables } = seen.at(-1) ?? { query: "", variables: {} };
        const bad = JSON.stringify(variables).includes('InventoryItem/2"');
        const userErrors = bad ? [{ code: "INVALID_QUANTITY_TOO_HIGH", field: null, message: "too high" }] : [];
        const group = bad ? null : { changes: [] };
        return [200, { data: { inventorySetQuantities: { inventoryAdjustmentGroup: group, userErrors } } }, json];
      });
    const outcomes = await session.pushInventory(updates, call());
    expect(outcomes.map(({ status }) => status)).toEqual(["accepted", "rejected", "accepted"]);
    expect(new Set(seen.map(({ variables }) => variables["key"])).size).toBe(seen.length);
  });

  it.each(["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"])(
    "writes the same entries under a new key on %s",
    async (code) => {
      const seen: GraphqlBody[] = [];
      onGraphql("inventorySetQuantities", { seen }).reply(...refused({ code }));
      onGraphql("inventorySetQuantities", { seen }).reply(...written);
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
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 16 }, () => "rejected"),
      ...Array.from({ length: 4 }, () => "retry"),
    ]);
  });

  it("rejects a bundle parent and says what to push instead", async () => {
    onGraphql("inventorySetQuantities").reply(
      ...refused({ code: "NON_MUTABLE_INVENTORY_ITEM", at: 0, message: "Not mutable" }),
    );
    const [outcome] = await openSession().session.pushInventory([update("1", 3, 5)], call());
    expect(outcome).toMatchObject({ status: "rejected", code: "NON_MUTABLE_INVENTORY_ITEM" });
    expect(outcome).toHaveProperty("message", expect.stringMatching(/components.*Not mutable/));
  });

  it("rejects an item Shopify does not track, though Shopify took the number", async () => {
    const changes = [{ item: { id: "gid://shopify/InventoryItem/2", tracked: false } }];
    onGraphql("inventorySetQuantities").reply(
      ...data({ inventorySetQuantities: { inventoryAdjustmentGroup: { changes }, userErrors: [] } }),
    );
    const outcomes = await openSession().session.pushInventory(updates, call());
    expect(outcomes).toMatchObject([
      { status: "accepted" },
      { status: "rejected", code: "UNTRACKED" },
      { status: "accepted" },
    ]);
  });

  it("rejects a listing without a location and never sends it", async () => {
    const seen: GraphqlBody[] = [];
    onGraphql("inventorySetQuantities", { seen }).reply(...written);
    const lost = { ...update("9", 1, 1), listing: { ...listing("9"), externalLocationId: null } };
    const outcomes = await openSession().session.pushInventory([lost, update("1", 3, 5)], call());
    expect(outcomes).toMatchObject([{ status: "rejected", code: "INVALID_LISTING" }, { status: "accepted" }]);
    expect(itemsOf(seen[0])).toEqual(["1"]);
  });

  it("throws rejected when the fault is common to all entries", async () => {
    onGraphql("inventorySetQuantities").reply(...refused({ code: "INVALID_REASON", field: ["input", "reason"] }));
    const error = await channelErrorOf(openSession().session.pushInventory(updates, call()));
    expect(error).toMatchObject({ failure: "rejected", code: "INVALID_REASON" });
  });
});

describe("reading back", () => {
  it("tells read, untracked, not stocked and unknown items apart, in input order", async () => {
    const seen: GraphqlBody[] = [];
    const quantities = [
      { name: "available", quantity: -2 },
      { name: "committed", quantity: 3 },
    ];
    const nodes = [
      { ...level("1", 0), inventoryLevel: { quantities } },
      null,
      level("3", 0, false),
      { ...level("4", 0), inventoryLevel: null },
    ];
    onGraphql("nodes(", { seen }).reply(...data({ nodes }));
    onGraphql("nodes(", { seen }).reply(...data({ nodes: [level("1", 8)] }));
    const broken = { ...listing("5"), externalId: "CAP-RED" };
    const listings = [listing("1"), listing("2"), listing("1", "8"), broken, listing("3"), listing("4")];
    expect(await openSession().session.readInventory(listings, call())).toEqual([
      { status: "read", available: -2, reserved: 3 },
      { status: "missing", message: expect.any(String) },
      { status: "read", available: 8, reserved: null },
      { status: "missing", message: expect.any(String) },
      { status: "untracked" },
      { status: "missing", message: expect.any(String) },
    ]);
    expect(seen.map(itemsOf)).toEqual([["1", "2", "3", "4"], ["1"]]);
  });

  it("asks for at most 250 items at once", async () => {
    const seen: GraphqlBody[] = [];
    onGraphql("nodes(", { seen })
      .times(2)
      .reply(...data({ nodes: [] }));
    const listings = Array.from({ length: 251 }, (_, index) => listing(String(index + 1)));
    expect(await openSession().session.readInventory(listings, call())).toHaveLength(251);
    expect(seen.map((body) => itemsOf(body).length)).toEqual([250, 1]);
  });
});
