import type { ApiAnswer, ApiRequest } from "../kit/index.ts";
import { MARKETPLACE, type Seller } from "./account.ts";
import { isBelowMinimum, saleNow, type Listing } from "./listing.ts";
import { suppressed } from "./listing-patch.ts";
import { badRequest, failure, listParameter, marketplaceProblem, type Operation } from "./operation.ts";

const PATH = "/listings/2021-08-01/items/:sellerId";
const LARGEST_PAGE = 20;
const MOST_IDENTIFIERS = 20;
/** Amazon docs, searchListingsItems: no more than this can be reached by paging. */
const MOST_RESULTS = 1_000;

/** Listings Items 2021-08-01, the reading side. */
export const listingReadOperations: readonly Operation[] = [
  {
    name: "getListingsItem",
    method: "GET",
    path: `${PATH}/:sku`,
    limit: { perSecond: 5, burst: 10 },
    role: "Product Listing",
    handle: (seller, request) => problemOf(seller, request) ?? getItem(seller, request),
  },
  {
    name: "searchListingsItems",
    method: "GET",
    path: PATH,
    limit: { perSecond: 5, burst: 5 },
    role: "Product Listing",
    handle: (seller, request) => problemOf(seller, request) ?? searchItems(seller, request),
  },
];

function problemOf(seller: Seller, request: ApiRequest): ApiAnswer | undefined {
  if (request.params["sellerId"] === seller.sellerId) return marketplaceProblem(request);
  return failure(403, "Unauthorized", "Access to requested resource is denied.");
}

function getItem(seller: Seller, request: ApiRequest): ApiAnswer {
  const sku = request.params["sku"] ?? "";
  const listing = seller.listings.get(sku);
  if (!listing) return failure(404, "NOT_FOUND", `SKU '${sku}' not found in marketplace ${MARKETPLACE}`);
  return { status: 200, body: itemOf(seller, listing, includedData(request)) };
}

function searchItems(seller: Seller, request: ApiRequest): ApiAnswer {
  const identifiers = listParameter(request, "identifiers");
  const pageSize = Number(request.query.get("pageSize") ?? 10);
  const from = Number(request.query.get("pageToken") ?? 0);
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > LARGEST_PAGE)
    return badRequest("pageSize must be between 1 and 20");
  if (!Number.isInteger(from)) return badRequest("pageToken is invalid");
  if (identifiers.length > MOST_IDENTIFIERS) return badRequest("identifiers can have at most 20 entries");
  if (identifiers.length > 0 && request.query.get("identifiersType") !== "SKU") {
    return badRequest("identifiersType is required with identifiers; SKU is what the simulator knows");
  }
  const order = orderOf(request);
  const createdAfter = Date.parse(request.query.get("createdAfter") ?? "1970-01-01");
  if (!order || Number.isNaN(createdAfter)) return badRequest("sortBy, sortOrder or createdAfter is invalid");
  const found = [...seller.listings.values()]
    .filter(({ sku }) => identifiers.length === 0 || identifiers.includes(sku))
    .filter(({ createdAt }) => Date.parse(createdAt) >= createdAfter)
    .sort(order);
  const to = Math.min(from + pageSize, MOST_RESULTS);
  const nextToken = to < Math.min(found.length, MOST_RESULTS) ? String(to) : undefined;
  const items = found.slice(from, to).map((listing) => itemOf(seller, listing, includedData(request)));
  const pagination = { ...(nextToken !== undefined && { nextToken }) };
  return { status: 200, body: { numberOfResults: found.length, pagination, items } };
}

/** Default: the one changed last comes first. Undefined when asked for an order that there is not. */
function orderOf({ query }: ApiRequest): ((a: Listing, b: Listing) => number) | undefined {
  const fields: { readonly [name: string]: (listing: Listing) => string } = {
    createdDate: ({ createdAt }) => createdAt,
    lastUpdatedDate: ({ updatedAt }) => updatedAt,
    sku: ({ sku }) => sku,
  };
  const field = fields[query.get("sortBy") ?? "lastUpdatedDate"];
  const direction = query.get("sortOrder") ?? "DESC";
  if (!field || !["ASC", "DESC"].includes(direction)) return undefined;
  const sign = direction === "ASC" ? 1 : -1;
  return (a, b) => sign * (field(a) < field(b) ? -1 : Number(field(a) > field(b)));
}

function includedData(request: ApiRequest): readonly string[] {
  const asked = listParameter(request, "includedData");
  return asked.length > 0 ? asked : ["summaries"];
}

function itemOf(seller: Seller, listing: Listing, included: readonly string[]) {
  const { sku, asin, productType, title, createdAt, updatedAt, barcode, businessPrice } = listing;
  const price = saleNow(listing)?.price ?? listing.price;
  const dates = { createdDate: createdAt, lastUpdatedDate: updatedAt };
  const quantity = seller.stock.find(sku)?.available ?? 0;
  const isHidden = isBelowMinimum(listing);
  const status = quantity > 0 && !isHidden ? ["BUYABLE", "DISCOVERABLE"] : ["DISCOVERABLE"];
  const data: { readonly [set: string]: unknown } = {
    summaries: [{ marketplaceId: MARKETPLACE, asin, productType, status, itemName: title, ...dates }],
    // FBA entries come without a quantity.
    fulfillmentAvailability: listing.channels.map((fulfillmentChannelCode) =>
      fulfillmentChannelCode === "DEFAULT" ? { fulfillmentChannelCode, quantity } : { fulfillmentChannelCode },
    ),
    offers: [offerOf("B2C", price), ...(businessPrice === null ? [] : [offerOf("B2B", businessPrice)])],
    attributes: {
      fulfillment_availability: listing.channels.map((code) => attributeOf(listing, code, quantity)),
      ...(barcode !== null && {
        externally_assigned_product_identifier: [{ type: "ean", value: barcode, marketplace_id: MARKETPLACE }],
      }),
    },
    issues: isHidden ? [suppressed] : [],
  };
  return { sku, ...Object.fromEntries(included.filter((set) => set in data).map((set) => [set, data[set]])) };
}

function offerOf(offerType: "B2C" | "B2B", price: number) {
  return { marketplaceId: MARKETPLACE, offerType, price: { currencyCode: "USD", amount: price.toFixed(2) } };
}

function attributeOf({ leadTimeDays, restockDate }: Listing, code: string, quantity: number) {
  return {
    fulfillment_channel_code: code,
    ...(code === "DEFAULT" && { quantity }),
    ...(leadTimeDays !== null && { lead_time_to_ship_max_days: leadTimeDays }),
    ...(restockDate !== null && { restock_date: restockDate }),
  };
}
