import { asObject, asText, type JsonObject, type Kit } from "../kit/index.ts";
import { committedOf, gid, newId, stockOfItem, type Shop } from "./account.ts";
import { recall, remember } from "./idempotency.ts";
import { inventoryItemOf, locationOf } from "./inventory.ts";
import { inventoryLevelNotifications } from "./notifications.ts";
import { QueryProblem, type Field } from "./query.ts";
import { readEntries, type QuantityEntry } from "./set-quantities-input.ts";
import { checkEntries, checkInput } from "./set-quantities-checks.ts";
import type { UserError } from "./user-error.ts";

/** `inventorySetQuantities`, API version 2026-10: absolute, compare-and-set, all or nothing, once for each idempotency key. */
export function setQuantities(shop: Shop, field: Field, kit: Kit<Shop>): JsonObject {
  const key = asText(field.directives["idempotent"]?.["key"]);
  if (!key) {
    throw new QueryProblem(
      "BAD_REQUEST",
      "The @idempotent directive is required for this mutation but was not provided.",
    );
  }
  const input = asObject(field.args["input"]) ?? {};
  const entries = readEntries(input);
  const variables = JSON.stringify(input);
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

function apply(shop: Shop, input: JsonObject, entries: readonly QuantityEntry[], kit: Kit<Shop>): JsonObject {
  const name = asText(input["name"]) ?? "";
  const changes: JsonObject[] = [];
  const changedSkus: string[] = [];
  for (const { inventoryItemId, quantity } of entries) {
    const item = stockOfItem(shop, inventoryItemId);
    if (!item) continue;
    const available = name === "on_hand" ? quantity - committedOf(shop, item.sku) : quantity;
    shop.stock.write(item.sku, available);
    if (available === item.available) continue;
    changedSkus.push(item.sku);
    for (const changed of ["available", "on_hand"]) {
      changes.push({
        name: changed,
        delta: available - item.available,
        quantityAfterChange: null,
        item: () => inventoryItemOf(shop, item.sku),
        location: () => locationOf(shop),
      });
    }
  }
  kit.notifier.notify(inventoryLevelNotifications(shop, changedSkus, kit));
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
