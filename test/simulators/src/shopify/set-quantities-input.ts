import { asArray, asInteger, asObject, asText, type JsonObject } from "../kit/index.ts";
import { QueryProblem } from "./query.ts";

export interface QuantityEntry {
  readonly inventoryItemId: string;
  readonly locationId: string;
  readonly quantity: number;
  /** Null: don't compare. */
  readonly changeFromQuantity: number | null;
}

const INPUT_FIELDS = ["name", "reason", "referenceDocumentUri", "quantities"];
const ENTRY_FIELDS = ["inventoryItemId", "locationId", "quantity", "changeFromQuantity"];

/**
 * The entries of `InventorySetQuantitiesInput`. Since 2026-04 the key `changeFromQuantity` must be there (null: don't
 * compare) and `compareQuantity`, `ignoreCompareQuantity` are gone (shopify.dev changelog, making-changefromquantity-field-required).
 *
 * @throws {QueryProblem} an entry whose shape the schema forbids.
 */
export function readEntries(input: JsonObject): readonly QuantityEntry[] {
  const unknown = Object.keys(input).find((name) => !INPUT_FIELDS.includes(name));
  if (unknown) throw invalid(`${unknown}: Field is not defined on InventorySetQuantitiesInput`);
  const quantities = asArray(input["quantities"]);
  if (!quantities) throw invalid("quantities: Expected value to not be null");
  return quantities.map((value, index) => readEntry(asObject(value) ?? {}, `quantities.${index}`));
}

function readEntry(entry: JsonObject, path: string): QuantityEntry {
  const missing = ENTRY_FIELDS.find((name) => !(name in entry));
  if (missing) throw invalid(`${path}.${missing}: Expected the key to be present`);
  const unknown = Object.keys(entry).find((name) => !ENTRY_FIELDS.includes(name));
  if (unknown) throw invalid(`${path}.${unknown}: Field is not defined on InventoryQuantityInput`);
  const inventoryItemId = asText(entry["inventoryItemId"]);
  const locationId = asText(entry["locationId"]);
  const quantity = asInteger(entry["quantity"]);
  const changeFromQuantity = entry["changeFromQuantity"] === null ? null : asInteger(entry["changeFromQuantity"]);
  if (inventoryItemId === undefined || locationId === undefined) throw invalid(`${path}: Expected an ID`);
  if (quantity === undefined || changeFromQuantity === undefined) throw invalid(`${path}: Expected an Int`);
  return { inventoryItemId, locationId, quantity, changeFromQuantity };
}

function invalid(explanation: string): QueryProblem {
  const message = `Variable $input of type InventorySetQuantitiesInput! was provided invalid value for ${explanation}`;
  return new QueryProblem("INVALID_VARIABLE", message);
}
