import { asObject, asText, type JsonObject, type Kit } from "../kit/index.ts";
import { committedOf, locationOfGid, newId, variantOfItem, type Shop } from "./account.ts";
import { gid } from "./gids.ts";
import { idempotencyKeyOf, recall, remember } from "./idempotency.ts";
import { inventoryItemOf, locationSource } from "./inventory.ts";
import { levelsChanged, type ChangedLevel } from "./notifications.ts";
import type { Field } from "./query.ts";
import { readEntries, type QuantityEntry } from "./set-quantities-input.ts";
import { checkEntries, checkInput } from "./set-quantities-checks.ts";
import type { UserError } from "./user-error.ts";

/** `inventorySetQuantities`, API version 2026-10: absolute, compare-and-set, all or nothing, once for each idempotency key. */
export function setQuantities(shop: Shop, field: Field, kit: Kit<Shop>): JsonObject {
  const key = idempotencyKeyOf(field);
  const input = asObject(field.args["input"]) ?? {};
  const entries = readEntries(input);
  const variables = JSON.stringify([field.name, field.args]);
  const known = recall(shop.attempts, key, variables);
  if ("refused" in known) return failed([known.refused]);
  if ("replay" in known) return known.replay;

  const userErrors = [...checkInput(input), ...checkEntries(shop, input, entries)];
  const outcome = userErrors.length > 0 ? null : apply(shop, input, entries, kit);
  remember(shop.attempts, key, variables, outcome);
  return outcome ?? failed(userErrors);
}

function failed(userErrors: readonly UserError[]): JsonObject {
  return { inventoryAdjustmentGroup: null, userErrors };
}

/** What the shop does not track is taken and ignored: its number stays, and it is none of the changes. */
function apply(shop: Shop, input: JsonObject, entries: readonly QuantityEntry[], kit: Kit<Shop>): JsonObject {
  const isOnHand = asText(input["name"]) === "on_hand";
  const changes: JsonObject[] = [];
  const changed: ChangedLevel[] = [];
  for (const { inventoryItemId, locationId, quantity } of entries) {
    const sku = variantOfItem(shop, inventoryItemId)?.sku;
    const location = locationOfGid(shop, locationId);
    if (sku === undefined || !location) continue;
    const before = shop.stock.at(sku, location.id) ?? 0;
    shop.stock.writeAt(sku, location.id, isOnHand ? quantity - committedOf(shop, sku, location.id) : quantity);
    const delta = (shop.stock.at(sku, location.id) ?? 0) - before;
    if (delta === 0) continue;
    changed.push({ sku, locationId: location.id });
    for (const name of ["available", "on_hand"]) {
      changes.push({
        name,
        delta,
        quantityAfterChange: null,
        item: () => inventoryItemOf(shop, sku),
        location: () => locationSource(location),
      });
    }
  }
  kit.notifier.notify(levelsChanged(shop, changed, kit));
  return {
    inventoryAdjustmentGroup:
      changes.length === 0
        ? null
        : {
            id: gid("InventoryAdjustmentGroup", newId(kit)),
            createdAt: new Date().toISOString(),
            reason: input["reason"],
            referenceDocumentUri: input["referenceDocumentUri"] ?? null,
            changes,
          },
    userErrors: [],
  };
}
