import { asText, type JsonObject } from "../kit/index.ts";
import { committedOf, locationOfGid, variantOfItem, type Shop } from "./account.ts";
import type { QuantityEntry } from "./set-quantities-input.ts";
import type { UserError } from "./user-error.ts";

const NAMES = ["available", "on_hand"];

const REASONS = [
  "correction",
  "cycle_count_available",
  "damaged",
  "movement_created",
  "movement_updated",
  "movement_received",
  "movement_canceled",
  "other",
  "promotion",
  "quality_control",
  "received",
  "reservation_created",
  "reservation_deleted",
  "reservation_updated",
  "restock",
  "safety_stock",
  "shrinkage",
];

const LARGEST_QUANTITY = 1_000_000_000;

/** What is wrong with the input as a whole. */
export function checkInput(input: JsonObject): readonly UserError[] {
  const errors: UserError[] = [];
  const wrong = (code: string, field: string, message: string) =>
    errors.push({ code, field: ["input", field], message });
  const document = input["referenceDocumentUri"] ?? null;
  if (!NAMES.includes(asText(input["name"]) ?? ""))
    wrong("INVALID_NAME", "name", "The quantity name must be available or on_hand.");
  if (!REASONS.includes(asText(input["reason"]) ?? ""))
    wrong("INVALID_REASON", "reason", "The specified reason is invalid.");
  if (document !== null && !isReferenceDocument(document)) {
    wrong("INVALID_REFERENCE_DOCUMENT", "referenceDocumentUri", "The specified reference document is invalid.");
  }
  return errors;
}

/** A URI, but not one of Shopify's own ids. */
function isReferenceDocument(value: unknown): boolean {
  return typeof value === "string" && URL.canParse(value) && !value.startsWith("gid://shopify/");
}

/** What is wrong with the entries, at most one error each. */
export function checkEntries(shop: Shop, input: JsonObject, entries: readonly QuantityEntry[]): readonly UserError[] {
  const seen = new Set<string>();
  return entries.flatMap((entry, index) => {
    const pair = `${entry.inventoryItemId} ${entry.locationId}`;
    const problem = seen.has(pair) ? duplicate : checkEntry(shop, input["name"] === "on_hand", entry);
    seen.add(pair);
    if (!problem) return [];
    const { code, field, message } = problem;
    return [{ code, field: ["input", "quantities", String(index), ...(field ? [field] : [])], message }];
  });
}

interface EntryProblem {
  readonly code: string;
  readonly field?: string;
  readonly message: string;
}

const duplicate: EntryProblem = {
  code: "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
  message: "The combination of inventoryItemId and locationId must be unique.",
};

function checkEntry(shop: Shop, isOnHand: boolean, entry: QuantityEntry): EntryProblem | undefined {
  const variant = variantOfItem(shop, entry.inventoryItemId);
  if (!variant)
    return {
      code: "INVALID_INVENTORY_ITEM",
      field: "inventoryItemId",
      message: "The specified inventory item could not be found.",
    };
  const location = locationOfGid(shop, entry.locationId);
  if (!location?.isActive)
    return { code: "INVALID_LOCATION", field: "locationId", message: "The specified location could not be found." };
  if (variant.isBundle)
    return {
      code: "NON_MUTABLE_INVENTORY_ITEM",
      field: "inventoryItemId",
      message: "The specified inventory item is not allowed to be adjusted via API.",
    };
  if (entry.quantity < 0)
    return { code: "INVALID_QUANTITY_NEGATIVE", field: "quantity", message: "The quantity can't be negative." };
  if (entry.quantity > LARGEST_QUANTITY) {
    return {
      code: "INVALID_QUANTITY_TOO_HIGH",
      field: "quantity",
      message: "The quantity can't be higher than 1,000,000,000.",
    };
  }
  // What is not stocked has no quantity to compare with.
  const available = shop.stock.at(variant.sku, location.id) ?? Number.NaN;
  const persisted = available + (isOnHand ? committedOf(shop, variant.sku, location.id) : 0);
  if (entry.changeFromQuantity !== null && entry.changeFromQuantity !== persisted) {
    return {
      code: "CHANGE_FROM_QUANTITY_STALE",
      field: "changeFromQuantity",
      message: "The changeFromQuantity argument no longer matches the persisted quantity.",
    };
  }
  return undefined;
}
