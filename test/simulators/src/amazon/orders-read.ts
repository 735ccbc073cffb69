import type { ApiAnswer, ApiRequest } from "../kit/index.ts";
import { MARKETPLACE, type Seller } from "./account.ts";
import { unitsLeft, type AmazonOrder, type AmazonOrderItem } from "./orders.ts";
import { badRequest, failure, listParameter, type Operation } from "./operation.ts";

const LARGEST_PAGE = 100;
/** Amazon docs, searchOrders: an upper limit must lie this far back. */
const BEFORE_AGE_MS = 2 * 60 * 1_000;
const TOKEN_AGE_MS = 24 * 60 * 60 * 1_000;

/**
 * Orders 2026-01-01. Items come with the order; `fulfillment` and `cancellation` only when `includedData` asks.
 *
 * @param behindMs how far back the orders end that a search without an upper limit brings.
 */
export function orderOperations(behindMs: number): readonly Operation[] {
  return [
    {
      name: "searchOrders",
      method: "GET",
      path: "/orders/2026-01-01/orders",
      limit: { perSecond: 0.0056, burst: 20 },
      role: "Inventory and Order Tracking",
      handle: (seller, request) => searchOrders(seller, request, behindMs),
    },
    {
      name: "getOrder",
      method: "GET",
      path: "/orders/2026-01-01/orders/:orderId",
      limit: { perSecond: 0.5, burst: 30 },
      role: "Inventory and Order Tracking",
      handle: getOrder,
    },
  ];
}

/** What names the buyer needs a role of its own that this app hasn't (Amazon docs: access orders PII). */
const RESTRICTED_DATA = ["BUYER", "RECIPIENT"];

function restrictedProblem(request: ApiRequest): ApiAnswer | undefined {
  const isRestricted = listParameter(request, "includedData").some((set) => RESTRICTED_DATA.includes(set));
  return isRestricted ? failure(403, "Unauthorized", "Access to requested resource is denied.") : undefined;
}

function getOrder(seller: Seller, request: ApiRequest): ApiAnswer {
  const restricted = restrictedProblem(request);
  if (restricted) return restricted;
  const order = seller.orders.get(request.params["orderId"] ?? "");
  if (!order) return failure(404, "NotFound", "The order was not found.");
  return { status: 200, body: { order: orderBody(order, listParameter(request, "includedData")) } };
}

function searchOrders(seller: Seller, request: ApiRequest, behindMs: number): ApiAnswer {
  const restricted = restrictedProblem(request);
  if (restricted) return restricted;
  const search = readSearch(request, behindMs);
  if (typeof search === "string") return badRequest(search);
  const { field, after, before, from, size } = search;
  const accepts = (parameter: string, value: string) => {
    const asked = listParameter(request, parameter);
    return asked.length === 0 || asked.includes(value);
  };
  const found = [...seller.orders.values()]
    .filter((order) => order[field] >= after && order[field] <= before)
    .filter(() => accepts("marketplaceIds", MARKETPLACE))
    .filter((order) => accepts("fulfilledBy", order.fulfilledBy) && accepts("fulfillmentStatuses", order.status))
    .sort((a, b) => (a[field] < b[field] ? -1 : 1));
  const next = from + size < found.length ? { nextToken: tokenOf({ from: from + size, before }) } : {};
  const limit = field === "lastUpdatedTime" ? { lastUpdatedBefore: before } : { createdBefore: before };
  const orders = found
    .slice(from, from + size)
    .map((order) => orderBody(order, listParameter(request, "includedData")));
  return { status: 200, body: { orders, pagination: next, ...limit } };
}

interface Search {
  readonly field: "createdTime" | "lastUpdatedTime";
  readonly after: string;
  /** Also the cursor of a client that polls: the answer holds everything up to it. */
  readonly before: string;
  readonly from: number;
  readonly size: number;
}

/** A text says what is wrong with the parameters. */
function readSearch({ query }: ApiRequest, behindMs: number): Search | string {
  const isByUpdate = query.has("lastUpdatedAfter");
  if (isByUpdate === query.has("createdAfter")) return "exactly one of createdAfter and lastUpdatedAfter must be given";
  if (query.has(isByUpdate ? "createdBefore" : "lastUpdatedBefore"))
    return "created and lastUpdated limits can't be mixed";
  const after = timeOf(query.get(isByUpdate ? "lastUpdatedAfter" : "createdAfter"));
  const asked = query.get(isByUpdate ? "lastUpdatedBefore" : "createdBefore");
  const size = Number(query.get("maxResultsPerPage") ?? LARGEST_PAGE);
  if (after === undefined) return "the time must be in ISO 8601 format";
  if (asked !== null && !(Date.parse(asked) <= Date.now() - BEFORE_AGE_MS))
    return "an upper limit must lie 2 minutes in the past";
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_PAGE) return "maxResultsPerPage must be between 1 and 100";
  const page = readToken(query.get("paginationToken"));
  if (!page) return "paginationToken is invalid or expired";
  const before = page.before ?? timeOf(asked) ?? new Date(Date.now() - behindMs).toISOString();
  return { field: isByUpdate ? "lastUpdatedTime" : "createdTime", after, before, from: page.from, size };
}

function timeOf(text: string | null): string | undefined {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

function tokenOf({ from, before }: { readonly from: number; readonly before: string }): string {
  return Buffer.from(`${from} ${before} ${Date.now()}`).toString("base64url");
}

function readToken(token: string | null): { readonly from: number; readonly before?: string } | undefined {
  if (token === null) return { from: 0 };
  const [from, before, madeAt] = Buffer.from(token, "base64url").toString().split(" ");
  const isYoung = Number(madeAt) > Date.now() - TOKEN_AGE_MS;
  return before !== undefined && isYoung ? { from: Number(from), before } : undefined;
}

function orderBody(order: AmazonOrder, included: readonly string[]) {
  const { id, createdTime, lastUpdatedTime, status, fulfilledBy } = order;
  const withFulfillment = included.includes("FULFILLMENT");
  return {
    orderId: id,
    createdTime,
    lastUpdatedTime,
    salesChannel: { channelName: "AMAZON", marketplaceId: MARKETPLACE, marketplaceName: "Amazon.com" },
    ...(withFulfillment && { fulfillment: { fulfillmentStatus: status, fulfilledBy } }),
    orderItems: order.items.map((item) => itemBody(item, included)),
  };
}

function itemBody(item: AmazonOrderItem, included: readonly string[]) {
  const cancellation = { cancellationExecution: { cancelledBy: "BUYER", cancelReason: "NO_LONGER_NEEDED" } };
  const fulfillment = { quantityFulfilled: item.shipped, quantityUnfulfilled: unitsLeft(item) };
  return {
    orderItemId: item.id,
    quantityOrdered: item.quantity,
    product: { sellerSku: item.sku },
    ...(included.includes("FULFILLMENT") && { fulfillment }),
    ...(item.cancelled > 0 && included.includes("CANCELLATION") && { cancellation }),
  };
}
