import type { JsonObject } from "../kit/index.ts";
import { locationOfGid, variantOfItem, type Shop } from "./account.ts";
import { idempotencyKeyOf, recall, remember } from "./idempotency.ts";
import { levelSource } from "./inventory.ts";
import { QueryProblem, type Field } from "./query.ts";

/**
 * `inventoryActivate`, API version 2026-10: stocks an item at a location. Its `available` is not simulated, for it may not
 * be given where the item is stocked already.
 */
export function activate(shop: Shop, field: Field): JsonObject {
  const { inventoryItemId, locationId, available = null } = field.args;
  if (available !== null) throw new QueryProblem("BAD_REQUEST", "inventoryActivate(available:) is not simulated");
  const key = idempotencyKeyOf(field);
  const variables = JSON.stringify([field.name, field.args]);
  const known = recall(shop.attempts, key, variables);
  if ("refused" in known) return failed(known.refused.message);
  if ("replay" in known) return known.replay;
  const outcome = activated(shop, inventoryItemId, locationId);
  remember(shop.attempts, key, variables, outcome.inventoryLevel === null ? null : outcome);
  return outcome;
}

function activated(shop: Shop, inventoryItemId: unknown, locationId: unknown) {
  const variant = variantOfItem(shop, inventoryItemId);
  if (!variant) return failed("The specified inventory item could not be found.");
  const location = locationOfGid(shop, locationId);
  if (!location) return failed("The specified location could not be found.");
  if (variant.isBundle) return failed("The specified inventory item is not allowed to be adjusted via API.");
  shop.stock.activate(variant.sku, location.id);
  return { inventoryLevel: levelSource(shop, variant.sku, location), userErrors: [] };
}

function failed(message: string) {
  return { inventoryLevel: null, userErrors: [{ field: null, message }] };
}
