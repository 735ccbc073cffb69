import type { InventoryUpdate } from "@lastunit/adapter-contract";
import { describe, expect, it } from "vitest";
import { z } from "zod";
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

useNock();

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function update(item: string, quantity: number, expected: number | null): InventoryUpdate {
  return { listing: listing(item), quantity, expected, position: 1042 };
}

const updates = [update("1", 3, 5), update("2", 0, 4), update("271878346596884015", 7, 6)];

function refused(...errors: { code: string; at?: number; field?: string[] | null; message?: string }[]) {
  const userErrors = errors.map(({ code, at, field, message = "in words" }) => ({
    code,
    message,
    field: at === undefined ? (field ?? null) : ["input", "quantities", String(at), "quantity"],
  }));
  return data({ inventorySetQuantities: { inventoryAdjustmentGroup: null, userErrors } });
}

/** The next write is taken, and every entry is among the changes that Shopify tells. */
function onWrite(seen: GraphqlBody[] = [], untracked: readonly string[] = []): void {
  onGraphql("inventorySetQuantities", { seen }).reply(() => allChanged(seen.at(-1), untracked));
}

function allChanged(body: GraphqlBody | undefined, untracked: readonly string[] = []) {
  const { quantities } = WrittenInput.parse(body?.variables["input"]);
  const changes = quantities.flatMap(({ inventoryItemId: id, locationId }) =>
    ["available", "on_hand"].map((name) => ({
      name,
      item: { id, tracked: !untracked.includes(id) },
      location: { id: locationId },
    })),
  );
  return [...data({ inventorySetQuantities: { inventoryAdjustmentGroup: { changes }, userErrors: [] } })];
}

const Entry = z.object({ inventoryItemId: z.string(), locationId: z.string() });
const WrittenInput = z.object({ quantities: z.array(Entry) });

/** Taken, but no change is told. */
const silent = data({ inventorySetQuantities: { inventoryAdjustmentGroup: null, userErrors: [] } });

function level(item: string, available: number, tracked = true) {
  const quantities = [{ name: "available", quantity: available }];
  return { id: `gid://shopify/InventoryItem/${item}`, tracked, inventoryLevel: { quantities } };
}

function itemsOf(body: GraphqlBody | undefined): string[] {
  return [...JSON.stringify(body?.variables).matchAll(/InventoryItem\/(\d+)/g)].map(([, id]) => id ?? "");
}

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

  it("reads back what Shopify shows for stale entries", async () => {
    const reads: GraphqlBody[] = [];
    onGraphql("inventorySetQuantities").reply(...refused({ code: "CHANGE_FROM_QUANTITY_STALE", at: 0 }));
    onWrite();
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
      .reply(() => {
        const { query: _query, variables } = seen.at(-1) ?? { query: "", variables: {} };
        const bad = JSON.stringify(variables).includes('InventoryItem/2"');
        const userErrors = bad ? [{ code: "INVALID_QUANTITY_TOO_HIGH", field: null, message: "too high" }] : [];
        if (!bad) return allChanged(seen.at(-1));
        return [200, { data: { inventorySetQuantities: { inventoryAdjustmentGroup: null, userErrors } } }, json];
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
    onWrite([], ["gid://shopify/InventoryItem/2"]);
    const outcomes = await openSession().session.pushInventory(updates, call());
    expect(outcomes).toMatchObject([
      { status: "accepted" },
      { status: "rejected", code: "UNTRACKED" },
      { status: "accepted" },
    ]);
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

  it("accepts a stale entry that shows what is wanted: an earlier try whose answer was lost had written it", async () => {
    onGraphql("inventorySetQuantities").reply(...refused({ code: "CHANGE_FROM_QUANTITY_STALE", at: 0 }));
    onGraphql("nodes(").reply(...data({ nodes: [level("1", 3)] }));
    expect(await openSession().session.pushInventory([update("1", 3, 5)], call())).toEqual([{ status: "accepted" }]);
  });

  it("rejects a listing without a location and never sends it", async () => {
    const seen: GraphqlBody[] = [];
    onWrite(seen);
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
    expect(new Set([...activations, ...writes].map(({ variables }) => variables["key"])).size).toBe(3);
    expect(writes[0]?.variables["input"]).toMatchObject({ quantities: [{ quantity: 3, changeFromQuantity: 0 }] });
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
