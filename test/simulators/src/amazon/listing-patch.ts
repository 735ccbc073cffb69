import { asArray, asInteger, asNumber, asObject, asText, type JsonObject } from "../kit/index.ts";
import type { Listing, Sale } from "./listing.ts";
import { MARKETPLACE, type Seller } from "./account.ts";

export interface Issue {
  readonly code: string;
  readonly message: string;
  readonly severity: "ERROR";
  readonly attributeNames: readonly string[];
  readonly categories: readonly string[];
}

/** What a valid patch will do once the channel gets to it. */
export interface ListingChange {
  readonly listing: Listing;
  readonly quantity?: number;
  readonly price?: number;
  /** Null: taken off, as `replace` does with what it doesn't name. */
  readonly sale?: Sale | null;
  /** `replace` resets what it doesn't name; `merge` keeps it. */
  readonly resetsLeadTime: boolean;
}

export type Checked = { readonly issues: readonly Issue[] } | { readonly change: ListingChange };

/**
 * What Amazon's listing rules say to a JSON patch. The simulator knows two attributes, `fulfillment_availability` and
 * `purchasable_offer`, by `merge` or `replace`; anything else is an issue.
 */
export function checkPatch(seller: Seller, sku: string, patches: readonly unknown[]): Checked {
  const listing = seller.listings.get(sku);
  // The code of a SKU without a catalog item in Amazon's processing reports.
  if (!listing) return { issues: [issue("13013", "This SKU does not exist in the Amazon.com catalog.", [])] };
  const parts = patches.map((patch) => checkOne(asObject(patch) ?? {}));
  const issues = parts.flatMap((part) => ("code" in part ? [part] : []));
  if (issues.length > 0) return { issues };
  return { change: Object.assign({ listing, resetsLeadTime: false }, ...parts) };
}

type Part = Partial<Omit<ListingChange, "listing">>;

function checkOne(patch: JsonObject): Part | Issue {
  const value = asObject(asArray(patch["value"])?.[0]) ?? {};
  const isReplace = patch["op"] === "replace";
  if (!isReplace && patch["op"] !== "merge")
    return issue("90000900", `The operation ${String(patch["op"])} is not simulated.`, []);
  if (patch["path"] === "/attributes/fulfillment_availability") return checkQuantity(value, isReplace);
  if (patch["path"] === "/attributes/purchasable_offer") return checkOffer(value, isReplace);
  return issue("90000900", `The attribute at ${String(patch["path"])} is not simulated.`, []);
}

function checkQuantity(value: JsonObject, isReplace: boolean): Part | Issue {
  const attribute = ["fulfillment_availability"];
  const channel = asText(value["fulfillment_channel_code"]);
  const quantity = asInteger(value["quantity"]);
  if (channel === undefined)
    return issue("90220", "'fulfillment_channel_code' is required but not supplied.", attribute);
  if (channel !== "DEFAULT")
    return issue("90000900", "The quantity of a channel fulfilled by Amazon can't be set.", attribute);
  if (quantity === undefined || quantity < 0) {
    return issue("90000900", "'quantity' must be a whole number of at least 0.", attribute);
  }
  return isReplace ? { quantity, resetsLeadTime: true } : { quantity };
}

function checkOffer(value: JsonObject, isReplace: boolean): Part | Issue {
  const attribute = ["purchasable_offer"];
  if (value["marketplace_id"] !== MARKETPLACE || value["currency"] !== "USD") {
    return issue(
      "90220",
      "'marketplace_id' and 'currency' of the offer are required, and must be of the US.",
      attribute,
    );
  }
  const price = asNumber(firstSchedule(value["our_price"])?.["value_with_tax"]);
  if (price === undefined || price <= 0) return issue("90220", "'our_price' is required but not supplied.", attribute);
  if (value["discounted_price"] === undefined) return isReplace ? { price, sale: null } : { price };
  const sale = saleOf(firstSchedule(value["discounted_price"]) ?? {});
  // github.com/amzn/selling-partner-api-models/issues/4349
  return sale
    ? { price, sale }
    : issue("99022", "the field 'schedule' of 'discounted_price' does not have enough values", attribute);
}

function saleOf(schedule: JsonObject): Sale | undefined {
  const price = asNumber(schedule["value_with_tax"]);
  const from = asText(schedule["start_at"]) ?? "";
  const until = asText(schedule["end_at"]) ?? "";
  return price !== undefined && price > 0 && Date.parse(from) < Date.parse(until) ? { price, from, until } : undefined;
}

function firstSchedule(prices: unknown): JsonObject | undefined {
  return asObject(asArray(asObject(asArray(prices)?.[0])?.["schedule"])?.[0]);
}

function issue(code: string, message: string, attributeNames: readonly string[]): Issue {
  return { code, message, severity: "ERROR", attributeNames, categories: ["INVALID_ATTRIBUTE"] };
}

/** What is wrong with the patch list itself, which is refused with 400 rather than as an issue. */
export function malformedPatch(body: JsonObject): string | undefined {
  const patches = asArray(body["patches"]);
  if (asText(body["productType"]) === undefined) return "productType is required";
  if (!patches || patches.length === 0) return "patches must have at least one entry";
  for (const patch of patches) {
    const { op, path, value } = asObject(patch) ?? {};
    if (!["add", "replace", "merge", "delete"].includes(String(op))) return "op must be add, replace, merge or delete";
    if (!/^\/attributes\/[a-z_]+$/u.test(asText(path) ?? "")) return "path must be a top-level attribute";
    const values = asArray(value);
    if (op !== "delete" && !values?.every((each) => asObject(each))) return "value must be a list of objects";
  }
  return undefined;
}
