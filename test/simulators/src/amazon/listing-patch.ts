import { asArray, asInteger, asObject, asText, type JsonObject } from "../kit/index.ts";
import { MARKETPLACE, type Seller } from "./account.ts";
import { isBelowMinimum, type Listing } from "./listing.ts";
import { readOffers, type OfferChange } from "./offer.ts";

export interface Issue {
  readonly code: string;
  readonly message: string;
  readonly severity: "ERROR" | "WARNING";
  readonly attributeNames: readonly string[];
  readonly categories: readonly string[];
}

/** What a valid patch will do once the channel gets to it. */
export interface ListingChange extends OfferChange {
  readonly listing: Listing;
  readonly quantity?: number;
  /** Handed over to Amazon. */
  readonly channels?: readonly string[];
  /** `replace` resets what it doesn't name (lead time, restock date); `merge` keeps it. */
  readonly resetsFulfillment: boolean;
}

/** `warnings` come with what is accepted all the same. */
export type Checked =
  | { readonly issues: readonly Issue[] }
  | { readonly change: ListingChange; readonly warnings: readonly Issue[] };

/**
 * What Amazon's listing rules say to a JSON patch. The simulator knows two attributes, `fulfillment_availability` and
 * `purchasable_offer`, by `merge` or `replace`; anything else is an issue.
 */
export function checkPatch(seller: Seller, sku: string, body: JsonObject): Checked {
  const listing = seller.listings.get(sku);
  // The code of a SKU without a catalog item in Amazon's processing reports.
  if (!listing) return { issues: [issue("13013", "This SKU does not exist in the Amazon.com catalog.", [])] };
  const parts = (asArray(body["patches"]) ?? []).map((patch) => checkOne(asObject(patch) ?? {}));
  const issues = [...productTypeIssues(listing, body), ...parts.flatMap((part) => ("code" in part ? [part] : []))];
  if (issues.length > 0) return { issues };
  const change: ListingChange = Object.assign({ listing, resetsFulfillment: false }, ...parts);
  return { change, warnings: isBelowMinimum({ ...listing, ...change }) ? [suppressed] : [] };
}

/** The listing's own, or `PRODUCT` for what concerns the offer alone (Amazon docs: manage listings tutorials). */
function productTypeIssues({ productType }: Listing, body: JsonObject): readonly Issue[] {
  if ([productType, "PRODUCT"].includes(asText(body["productType"]) ?? "")) return [];
  return [issue("90000900", `The product type must be ${productType}.`, ["product_type"])];
}

/** Of a listing that is hidden because its price is below the lowest allowed one. */
export const suppressed: Issue = {
  ...issue("18155", "The price is below the minimum seller allowed price.", ["purchasable_offer"]),
  severity: "WARNING",
};

const FBA = "AMAZON_NA";

type Part = Partial<Omit<ListingChange, "listing">>;

function checkOne(patch: JsonObject): Part | Issue {
  const values = (asArray(patch["value"]) ?? []).map((value) => asObject(value) ?? {});
  const isReplace = patch["op"] === "replace";
  if (!isReplace && patch["op"] !== "merge")
    return issue("90000900", `The operation ${String(patch["op"])} is not simulated.`, []);
  if (patch["path"] === "/attributes/fulfillment_availability") return checkQuantity(values[0] ?? {}, isReplace);
  if (patch["path"] === "/attributes/purchasable_offer") return checkOffers(values, isReplace);
  return issue("90000900", `The attribute at ${String(patch["path"])} is not simulated.`, []);
}

function checkQuantity(value: JsonObject, isReplace: boolean): Part | Issue {
  const attribute = ["fulfillment_availability"];
  const channel = asText(value["fulfillment_channel_code"]);
  const quantity = asInteger(value["quantity"]);
  if (channel === undefined)
    return issue("90220", "'fulfillment_channel_code' is required but not supplied.", attribute);
  // A replacement that names Amazon's channel alone hands the listing over to Amazon (FBA).
  if (channel === FBA && isReplace && value["quantity"] === undefined)
    return { channels: [FBA], resetsFulfillment: true };
  if (channel !== "DEFAULT")
    return issue("90000900", "The quantity of a channel fulfilled by Amazon can't be set.", attribute);
  if (quantity === undefined || quantity < 0) {
    return issue("90000900", "'quantity' must be a whole number of at least 0.", attribute);
  }
  return isReplace ? { quantity, resetsFulfillment: true } : { quantity };
}

function checkOffers(values: readonly JsonObject[], isReplace: boolean): Part | Issue {
  const attribute = ["purchasable_offer"];
  if (values.some((value) => value["marketplace_id"] !== MARKETPLACE || value["currency"] !== "USD")) {
    return issue(
      "90220",
      "'marketplace_id' and 'currency' of the offer are required, and must be of the US.",
      attribute,
    );
  }
  const offers = readOffers(values, isReplace);
  return "code" in offers ? issue(offers.code, offers.message, attribute) : offers;
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
