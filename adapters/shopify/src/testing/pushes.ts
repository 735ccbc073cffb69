import type { InventoryUpdate } from "@lastunit/adapter-contract";
import { z } from "zod";
import { data, listing, onGraphql, type GraphqlBody } from "./harness.ts";

/** An update of an item that is believed to show `expected`. */
export function update(item: string, quantity: number, expected: number | null): InventoryUpdate {
  return { listing: listing(item), quantity, expected, position: 1042 };
}

/** Of three items. */
export const updates = [update("1", 3, 5), update("2", 0, 4), update("271878346596884015", 7, 6)];

/** Answers that these entries, or the whole call, are refused. */
export function refused(...errors: { code: string; at?: number; field?: string[] | null; message?: string }[]) {
  const userErrors = errors.map(({ code, at, field, message = "in words" }) => ({
    code,
    message,
    field: at === undefined ? (field ?? null) : ["input", "quantities", String(at), "quantity"],
  }));
  return data({ inventorySetQuantities: { inventoryAdjustmentGroup: null, userErrors } });
}

/** The next write is taken, and every entry is among the changes that Shopify tells. */
export function onWrite(seen: GraphqlBody[] = [], untracked: readonly string[] = []): void {
  onGraphql("inventorySetQuantities", { seen }).reply(() => allChanged(seen.at(-1), untracked));
}

/** Answers that all of a write was taken. */
export function allChanged(body: GraphqlBody | undefined, untracked: readonly string[] = []) {
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

/** An item as a read tells it. */
export function level(item: string, available: number, tracked = true) {
  const quantities = [{ name: "available", quantity: available }];
  return { id: `gid://shopify/InventoryItem/${item}`, tracked, inventoryLevel: { quantities } };
}

/** The numbers of the items that a request names, in order. */
export function itemsOf(body: GraphqlBody | undefined): string[] {
  return [...JSON.stringify(body?.variables).matchAll(/InventoryItem\/(\d+)/g)].map(([, id]) => id ?? "");
}
