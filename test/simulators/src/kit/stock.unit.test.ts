import { describe, expect, it } from "vitest";
import { createHistory } from "./history.ts";
import { createStock } from "./stock.ts";

function stockOf(quantities: { readonly [sku: string]: number }) {
  const history = createHistory();
  const items = Object.entries(quantities).map(([sku, available]) => ({
    sku,
    externalId: sku,
    locationId: null,
    available,
  }));
  return { stock: createStock("acme", items, history), history };
}

describe("an account's stock", () => {
  it("sells five units to five of 200 parallel buyers", async () => {
    const { stock } = stockOf({ A: 5 });
    const bought = await Promise.all(Array.from({ length: 200 }, async () => stock.take([{ sku: "A", quantity: 1 }])));
    expect(bought.filter(Boolean)).toHaveLength(5);
    expect(stock.find("A")?.available).toBe(0);
  });

  it("takes every line or none", () => {
    const { stock } = stockOf({ A: 5, B: 1 });
    expect(
      stock.take([
        { sku: "A", quantity: 2 },
        { sku: "B", quantity: 2 },
      ]),
    ).toBe(false);
    expect(stock.list().map(({ available }) => available)).toEqual([5, 1]);
    expect(
      stock.take([
        { sku: "A", quantity: 2 },
        { sku: "B", quantity: 1 },
      ]),
    ).toBe(true);
    expect(stock.list().map(({ available }) => available)).toEqual([3, 0]);
  });

  it("counts lines of the same SKU together", () => {
    const { stock } = stockOf({ A: 3 });
    expect(
      stock.take([
        { sku: "A", quantity: 2 },
        { sku: "A", quantity: 2 },
      ]),
    ).toBe(false);
    expect(
      stock.take([
        { sku: "A", quantity: 2 },
        { sku: "A", quantity: 1 },
      ]),
    ).toBe(true);
  });

  it("refuses an unknown SKU, and a quantity that is not a whole number of at least 1", () => {
    const { stock } = stockOf({ A: 3 });
    expect(() => stock.take([{ sku: "B", quantity: 1 }])).toThrow("no listing with SKU B");
    for (const quantity of [0, -1, 1.5]) expect(() => stock.take([{ sku: "A", quantity }])).toThrow("1 unit or more");
    expect(stock.find("A")?.available).toBe(3);
  });

  it("records a quantity write with the number before and after", () => {
    const { stock, history } = stockOf({ A: 3 });
    stock.write("A", 8);
    expect(history.list()).toMatchObject([{ type: "quantity_written", account: "acme", sku: "A", from: 3, to: 8 }]);
  });

  it("refuses a SKU that is listed twice", () => {
    const item = { sku: "A", externalId: "A", locationId: null, available: 1 };
    expect(() => createStock("acme", [item, item], createHistory())).toThrow("listed twice");
  });
});
