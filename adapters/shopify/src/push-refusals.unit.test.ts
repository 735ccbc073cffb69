import { describe, expect, it } from "vitest";
import {
  call,
  channelErrorOf,
  data,
  json,
  onGraphql,
  openSession,
  useNock,
  type GraphqlBody,
} from "./testing/harness.ts";
import { allChanged, onWrite, refused, update, updates } from "./testing/pushes.ts";

useNock();

describe("pushing what Shopify refuses", () => {
  it.each([
    "INVALID_INVENTORY_ITEM",
    "INVALID_LOCATION",
    "INVALID_QUANTITY_NEGATIVE",
    "INVALID_QUANTITY_TOO_HIGH",
    "INVALID_QUANTITY_TOO_LOW",
    "NON_MUTABLE_INVENTORY_ITEM",
    "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
    "A_CODE_OF_TOMORROW",
  ])("rejects the entry that Shopify names with %s, in its words, and writes the others", async (code) => {
    onGraphql("inventorySetQuantities").reply(...refused({ code, at: 1 }));
    onWrite();
    expect(await openSession().session.pushInventory(updates, call())).toMatchObject([
      { status: "accepted" },
      { status: "rejected", code, message: expect.stringContaining("in words") },
      { status: "accepted" },
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

  it("rejects an entry that is refused without a code, too", async () => {
    const userErrors = [{ code: null, field: ["input", "quantities", "0"], message: "in words" }];
    onGraphql("inventorySetQuantities").reply(
      ...data({ inventorySetQuantities: { inventoryAdjustmentGroup: null, userErrors } }),
    );
    expect(await openSession().session.pushInventory([update("1", 3, 5)], call())).toEqual([
      { status: "rejected", code: "USER_ERROR", message: "in words" },
    ]);
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

  it.each([
    ["INVALID_NAME", ["input", "name"]],
    ["INVALID_REASON", ["input", "reason"]],
    ["INVALID_REFERENCE_DOCUMENT", ["input", "referenceDocumentUri"]],
    ["COMPARE_QUANTITY_REQUIRED", ["input", "ignoreCompareQuantity"]],
  ])("throws rejected on %s, a fault that is common to all entries, and writes no more", async (code, field) => {
    onGraphql("inventorySetQuantities").reply(...refused({ code, field }));
    const error = await channelErrorOf(openSession().session.pushInventory(updates, call()));
    expect(error).toMatchObject({ failure: "rejected", code });
  });
});
