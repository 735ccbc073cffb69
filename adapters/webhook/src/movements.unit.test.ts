import { describe, expect, it } from "vitest";
import { readMovements, textOf } from "./movements.ts";

const sale = { id: "m-1", type: "sale", sku: "CAP", quantity: 2, occurred_at: "2026-11-20T10:59:00+01:00" };
const read = (...movements: readonly object[]) => readMovements(JSON.stringify({ movements }));
const { quantity: _quantity, ...unsized } = sale;

describe("movements", () => {
  it("are stock movements in the ledger's words, each named by the sender's id", () => {
    const full = { ...sale, location_id: "SHOP", order_id: "R-7", reason: "till" };
    expect(read(full, { ...sale, id: "m-2", type: "receiving" })).toEqual([
      {
        key: "movement:m-1",
        eventType: "inventory.sale",
        sku: "CAP",
        externalLocationId: "SHOP",
        quantity: 2,
        orderId: "R-7",
        reason: "till",
        occurredAt: "2026-11-20T09:59:00.000Z",
      },
      {
        key: "movement:m-2",
        eventType: "inventory.receiving",
        sku: "CAP",
        externalLocationId: null,
        quantity: 2,
        occurredAt: "2026-11-20T09:59:00.000Z",
      },
    ]);
  });

  it("may be a transfer from one location to another", () => {
    const transfer = { ...sale, type: "transfer", location_id: "A", to_location_id: "B" };
    expect(read(transfer)).toMatchObject([
      { eventType: "inventory.transfer", externalLocationId: "A", toExternalLocationId: "B", quantity: 2 },
    ]);
  });

  it("may be an adjustment, by a signed change or to a count", () => {
    const by = { ...unsized, type: "adjustment", quantity: -3 };
    const to = { ...unsized, type: "adjustment", set_on_hand: 0 };
    const [change, count] = read(by, to);
    expect(change).toMatchObject({ eventType: "inventory.adjustment", quantity: -3 });
    expect(change).not.toHaveProperty("setOnHand");
    expect(count).toMatchObject({ eventType: "inventory.adjustment", setOnHand: 0 });
    expect(count).not.toHaveProperty("quantity");
  });

  it("may be a thousand, and not one more", () => {
    const many = Array.from({ length: 1_000 }, (_, index) => ({ ...sale, id: `m-${index}` }));
    expect(read(...many)).toHaveLength(1_000);
    expect(() => read(...many, sale)).toThrow(/^movements: /);
  });

  it.each([
    ["a sale without units", unsized, "movements.0.quantity: "],
    ["a sale of no units", { ...sale, quantity: 0 }, "movements.0.quantity: "],
    ["a sale of half a unit", { ...sale, quantity: 0.5 }, "movements.0.quantity: "],
    ["a sale that also counts", { ...sale, set_on_hand: 4 }, 'movements.0: Unrecognized key: "set_on_hand"'],
    ["a word we do not know", { ...sale, colour: "red" }, 'movements.0: Unrecognized key: "colour"'],
    ["a type we do not know", { ...sale, type: "gift" }, "movements.0.type: "],
    ["a movement without an id", { ...sale, id: "" }, "movements.0.id: "],
    ["a time without a zone", { ...sale, occurred_at: "2026-11-20T10:00:00" }, "movements.0.occurred_at: "],
    ["a transfer to nowhere", { ...sale, type: "transfer", location_id: "A" }, "movements.0.to_location_id: "],
    [
      "a transfer to where it is",
      { ...sale, type: "transfer", location_id: "A", to_location_id: "A" },
      "movements.0.to_location_id: must differ",
    ],
    ["an adjustment of nothing", { ...unsized, type: "adjustment" }, "movements.0.quantity: give either"],
    [
      "an adjustment both by and to",
      { ...unsized, type: "adjustment", quantity: 1, set_on_hand: 1 },
      "movements.0.quantity: give either",
    ],
    ["an adjustment by 0", { ...unsized, type: "adjustment", quantity: 0 }, "movements.0.quantity: must not be 0"],
  ])("are refused for %s, and the message names the field", (_name, movement, message) => {
    expect(() => read(movement)).toThrow(message);
    expect(() => read(movement)).toThrow(expect.objectContaining({ name: "WebhookError", reason: "malformed" }));
  });

  it("are refused when there are none, when the body is not JSON, and when it is not UTF-8", () => {
    expect(() => read()).toThrow(/^movements: /);
    expect(() => readMovements("movements")).toThrow("body: not JSON");
    expect(() => readMovements("[]")).toThrow(/^body: /);
    expect(() => textOf(Uint8Array.of(0x22, 0xff, 0x22))).toThrow("body: not UTF-8");
  });
});
