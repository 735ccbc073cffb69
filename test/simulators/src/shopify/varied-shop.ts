import { at, listAt } from "../testing/path.ts";
import type { GraphqlAnswer } from "../testing/shopify-client.ts";
import { useShop } from "./testing.ts";

export const ACTIVATE = `mutation A($item: ID!, $location: ID!, $key: String!) {
  inventoryActivate(inventoryItemId: $item, locationId: $location) @idempotent(key: $key) {
    inventoryLevel { quantities(names: ["available"]) { quantity } } userErrors { message } } }`;

export const SET = `mutation S($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { changes { name delta item { sku tracked } location { id } } } userErrors { code } } }`;

/** For each test of a file: a shop of two locations, with an untracked item, a bundle and a product of two variants. */
export function useVariedShop() {
  const its = useShop(
    [
      { sku: "A", quantity: 5, barcode: "4006381333931" },
      { sku: "GIFT", quantity: 0 },
      { sku: "SET", quantity: 2 },
      { sku: "S", quantity: 1, title: "Shirt" },
      { sku: "M", quantity: 1, title: "Shirt" },
    ],
    {
      locations: ["Main", "Annex"],
      untracked: ["GIFT"],
      bundles: ["SET"],
      writtenSkus: { S: "SHIRT", M: "SHIRT", SET: "", GIFT: null },
    },
  );

  const itemOf = (sku: string) => its.simulator.stock("acme").find((each) => each.sku === sku)?.externalId;
  const location = (index: number) => its.simulator.locations("acme")[index];
  /** What a SKU shows, by the index of the location. */
  const shown = (sku: string) =>
    its.simulator
      .stock("acme")
      .filter((each) => each.sku === sku)
      .map(({ locationId, available }) => [its.simulator.locations("acme").indexOf(locationId ?? ""), available]);

  const activate = (sku: string, index: number, key = "k1") =>
    its.shop.graphql(ACTIVATE, { item: itemOf(sku), location: location(index), key });

  function set(sku: string, index: number, quantity: number, changeFromQuantity: number | null, key = "s1") {
    const entry = { inventoryItemId: itemOf(sku), locationId: location(index), quantity, changeFromQuantity };
    const input = { name: "available", reason: "correction", quantities: [entry] };
    return its.shop.graphql(SET, { key, input });
  }

  return { its, itemOf, location, shown, activate, set };
}

/** What a write was refused with. */
export const codes = ({ body }: GraphqlAnswer) =>
  listAt(body, "data.inventorySetQuantities.userErrors").map((error) => at(error, "code"));
