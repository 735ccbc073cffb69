import {
  asArray,
  asObject,
  asText,
  type ApiAnswer,
  type ApiRequest,
  type ApiRoute,
  type JsonObject,
  jsonBody,
} from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import { isQuantity } from "./quantity.ts";
import type { Ebay } from "./ebay.ts";
import { inventoryError, refuse, unreadable, type EbayError } from "./errors.ts";
import { countRevision, type Listing } from "./listing.ts";
import { scopes } from "./scopes.ts";
import { inventoryItem, showQuantity, type Seller } from "./seller.ts";

const MAX_ITEMS_PER_CALL = 25;

/** One entry of the answer: of an offer, or of the SKU when the element names no offer (or is wrong as a whole). */
interface Outcome {
  readonly sku: string;
  readonly offerId?: string;
  readonly statusCode: number;
  readonly errors?: readonly EbayError[];
}

/**
 * `POST /sell/inventory/v1/bulk_update_price_quantity` (eBay Sell Inventory API): up to 25 SKUs, each once, each taken or
 * refused on its own. Item quantity and offer quantity are separate, and the smaller one is what buyers see.
 */
export function bulkUpdateRoutes(ebay: Ebay): readonly ApiRoute[] {
  return [
    sellerRoute(ebay, {
      method: "POST",
      path: "/sell/inventory/v1/bulk_update_price_quantity",
      operation: "bulkUpdatePriceQuantity",
      scopes: [scopes.inventory],
      quota: "inventory",
      handle: (request, seller) => bulkUpdate(request, seller, ebay.oneSkuPerUpdate ? 1 : MAX_ITEMS_PER_CALL),
    }),
  ];
}

function bulkUpdate(request: ApiRequest, seller: Seller, maxItems: number): ApiAnswer {
  const elements = asArray(jsonBody(request)?.["requests"])?.map((entry) => asObject(entry) ?? {});
  if (!elements?.length) return unreadable();
  if (elements.length > maxItems) {
    return refuse(400, inventoryError(25727, "requests", String(elements.length)));
  }
  const skus = elements.map(skuOf);
  const duplicate = skus.find((sku, index) => skus.indexOf(sku) !== index);
  if (duplicate !== undefined) return refuse(400, inventoryError(25734, "sku", duplicate));

  const responses = elements.flatMap((element) => updateElement(element, seller));
  return { status: responses.every(({ statusCode }) => statusCode === 200) ? 200 : 207, body: { responses } };
}

function updateElement(element: JsonObject, seller: Seller): readonly Outcome[] {
  const sku = skuOf(element);
  const listing = inventoryItem(seller, sku);
  if (!listing) return [refused({ sku }, 404, inventoryError(25702, "sku", sku))];
  const shipTo = asObject(element["shipToLocationAvailability"]);
  const offers = asArray(element["offers"])?.map((offer) => asObject(offer) ?? {}) ?? [];
  const problem = elementProblem(shipTo, offers, seller);
  if (problem) return [refused({ sku }, 400, problem)];

  const outcomes = offers.map((offer) => offerOutcome(offer, listing));
  const taken = offers.filter((_offer, index) => outcomes[index]?.statusCode === 200);
  if (!shipTo && taken.length === 0) return outcomes;
  if (!countRevision(listing)) return [refused({ sku }, 400, revisedTooOften(listing))];
  apply(listing, shipTo, taken, seller);
  return offers.length > 0 ? outcomes : [{ sku, statusCode: 200 }];
}

/** Writes what was found right, as one change: a buyer never sees the one quantity without the other. */
function apply(listing: Listing, shipTo: JsonObject | undefined, offers: readonly JsonObject[], seller: Seller): void {
  if (isQuantity(shipTo?.["quantity"])) listing.itemQuantity = shipTo["quantity"];
  for (const offer of offers) {
    if (isQuantity(offer["availableQuantity"])) listing.offerQuantity = offer["availableQuantity"];
    listing.price = priceOf(offer["price"]) ?? listing.price;
  }
  const isQuantityWrite = shipTo !== undefined || offers.some((offer) => offer["availableQuantity"] !== undefined);
  if (isQuantityWrite) showQuantity(seller, listing);
}

/** What is wrong with the element as a whole. */
function elementProblem(
  shipTo: JsonObject | undefined,
  offers: readonly JsonObject[],
  seller: Seller,
): EbayError | undefined {
  if (!shipTo && offers.length === 0) return inventoryError(25709, "shipToLocationAvailability", "missing");
  if (shipTo && !isQuantity(shipTo["quantity"]))
    return invalid("shipToLocationAvailability.quantity", shipTo["quantity"]);
  const distributions = asArray(shipTo?.["availabilityDistributions"]) ?? [];
  const strange = distributions.find((entry) => asObject(entry)?.["merchantLocationKey"] !== seller.location.key);
  if (strange !== undefined) return invalid("availabilityDistributions", strange);
  const offerIds = offers.map((offer) => asText(offer["offerId"]));
  const duplicate = offerIds.find((offerId, index) => offerIds.indexOf(offerId) !== index);
  return duplicate === undefined ? undefined : invalid("offerId", duplicate);
}

/** What becomes of one offer, before anything is written. */
function offerOutcome(offer: JsonObject, listing: Listing): Outcome {
  const { offerId = "", availableQuantity, price } = offer;
  const named = { sku: listing.sku, offerId: String(offerId) };
  if (offerId !== listing.offerId || listing.page.hasEnded)
    return refused(named, 404, inventoryError(25713, "offerId", String(offerId)));
  if (availableQuantity === undefined && price === undefined) return refused(named, 400, invalid("offer", offer));
  if (availableQuantity !== undefined && !isQuantity(availableQuantity)) {
    return refused(named, 400, invalid("availableQuantity", availableQuantity));
  }
  if (price !== undefined && !priceOf(price)) return refused(named, 400, invalid("price", price));
  return { ...named, statusCode: 200 };
}

/** A price is text: `{"currency": "USD", "value": "19.90"}`. */
function priceOf(price: unknown): Listing["price"] | undefined {
  const value = asText(asObject(price)?.["value"]);
  const currency = asText(asObject(price)?.["currency"]);
  if (value === undefined || currency === undefined || !/^\d+(\.\d{1,2})?$/u.test(value)) return undefined;
  return { value, currency };
}

function revisedTooOften({ page: { listingId } }: Listing): EbayError {
  const longMessage = "You have exceeded the number of times this listing can be revised in one day (250).";
  return { ...inventoryError(25002, "listingId", listingId), longMessage };
}

function invalid(name: string, value: unknown): EbayError {
  return inventoryError(25709, name, JSON.stringify(value) ?? "missing");
}

function refused(named: Pick<Outcome, "sku" | "offerId">, statusCode: number, error: EbayError): Outcome {
  return { ...named, statusCode, errors: [error] };
}

function skuOf(element: JsonObject): string {
  return asText(element["sku"]) ?? "";
}
