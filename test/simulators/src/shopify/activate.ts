import type { JsonObject } from "../kit/index.ts";
import { locationOfGid, variantOfItem, type Shop } from "./account.ts";
import { idempotencyKeyOf, recall, remember } from "./idempotency.ts";
import { levelSource } from "./inventory.ts";
import { QueryProblem, type Field } from "./query.ts";

/**
 * `inventoryActivate`, API version 2026-10: stocks an item at a location. Without `available` it shows there what it showed
 * when it was stocked there before, since 2026-04 (changelog: inventoryactivate-now-preserves-available-quantity); where
 * it is stocked already the argument is refused (changelog: deprecating-the-ability-to-set-available-quantities-on-already-active-states-on-the-inventoryactivate-graphql-mutation).
 */
export function activate(shop: Shop, field: Field): JsonObject {
  const { inventoryItemId, locationId, available = null } = field.args;
  if (available !== null && (typeof available !== "number" || !Number.isSafeInteger(available))) {
    throw new QueryProblem("INVALID_VARIABLE", "available: Expected an Int");
  }
  const key = idempotencyKeyOf(field);
  const variables = JSON.stringify([field.name, field.args]);
  const known = recall(shop.attempts, key, variables);
  if ("refused" in known) return failed(known.refused.message);
  if ("replay" in known) return known.replay;
  const outcome = activated(shop, { inventoryItemId, locationId, available });
  remember(shop.attempts, key, variables, outcome.inventoryLevel === null ? null : outcome);
  return outcome;
}

function activated(
  shop: Shop,
  {
    inventoryItemId,
    locationId,
    available,
  }: { readonly inventoryItemId: unknown; readonly locationId: unknown; readonly available: number | null },
) {
  const variant = variantOfItem(shop, inventoryItemId);
  if (!variant) return failed("The specified inventory item could not be found.");
  const location = locationOfGid(shop, locationId);
  if (!location?.isActive) return failed("The specified location could not be found.");
  if (variant.isBundle) return failed("The specified inventory item is not allowed to be adjusted via API.");
  if (available !== null && shop.stock.at(variant.sku, location.id) !== undefined) {
    return failed("Not allowed to set available quantity when the item is already active at the location.");
  }
  shop.stock.activate(variant.sku, location.id, available);
  return { inventoryLevel: levelSource(shop, variant.sku, location), userErrors: [] };
}

function failed(message: string) {
  return { inventoryLevel: null, userErrors: [{ field: null, message }] };
}
