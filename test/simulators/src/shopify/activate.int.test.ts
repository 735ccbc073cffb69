import { describe, expect, it } from "vitest";
import { at, listAt } from "../testing/path.ts";
import { ACTIVATE, useVariedShop } from "./varied-shop.ts";

const { its, itemOf, location, shown, activate } = useVariedShop();

describe("inventoryActivate", () => {
  it("offers again what was there before, unless the number is given, which it may not be where the item is stocked", async () => {
    const item = itemOf("A");
    await its.simulator.unstock("acme", "A", location(0) ?? "");
    await its.shop.graphql(ACTIVATE, { item, location: location(0), key: "k1" });
    expect(shown("A")).toEqual([[0, 5]]);
    const withNumber = ACTIVATE.replace("locationId: $location", "locationId: $location, available: 2");
    const again = await its.shop.graphql(withNumber, { item, location: location(0), key: "k2" });
    const [error] = listAt(again.body, "data.inventoryActivate.userErrors");
    expect(at(error, "message")).toContain("already active");
    expect(shown("A")).toEqual([[0, 5]]);
    await its.shop.graphql(withNumber, { item, location: location(1), key: "k3" });
    expect(shown("A")).toEqual([
      [0, 5],
      [1, 2],
    ]);
  });

  it("is a write like the others: it needs a key, and a key stands for one content", async () => {
    const query = ACTIVATE.replace("@idempotent(key: $key)", "").replace(", $key: String!", "");
    const without = await its.shop.graphql(query, { item: itemOf("A"), location: location(1) });
    expect(without.body.errors).toMatchObject([{ message: expect.stringContaining("@idempotent") }]);
    await activate("A", 1);
    const messages = async (sku: string) =>
      listAt((await activate(sku, 1)).body, "data.inventoryActivate.userErrors").map((one) => at(one, "message"));
    expect(await messages("A")).toEqual([]);
    expect(await messages("S")).toEqual([expect.stringContaining("same key")]);
  });

  it.each([
    ["a bundle", "SET", 1],
    ["an unknown location", "A", 7],
  ])("refuses %s", async (_name, sku, index) => {
    const answer = await its.shop.graphql(ACTIVATE, {
      item: itemOf(sku),
      location: location(index) ?? "gid://shopify/Location/1",
      key: "k9",
    });
    expect(listAt(answer.body, "data.inventoryActivate.userErrors")).toHaveLength(1);
  });
});
