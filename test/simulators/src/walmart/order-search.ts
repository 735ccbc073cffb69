import { queryInteger } from "../kit/index.ts";
import type { ApiRequest } from "../kit/index.ts";
import { unitsIn, unitStatuses, type Order } from "./order.ts";

const DAY_MS = 24 * 3_600_000;

/** What a list of orders was asked for; times in epoch milliseconds. */
export interface OrderSearch {
  readonly limit: number;
  readonly shipNodeType: string;
  readonly status: string | null;
  readonly purchaseOrderId: string | null;
  readonly created: Window;
  readonly modified: Window;
}

interface Window {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads the query of `GET /v3/orders`. Without a created window it means the last 7 days, and nothing older than 180 days
 * is ever found (Walmart Orders OpenAPI).
 *
 * @returns the name of the parameter that is wrong, if one is.
 */
export function readOrderSearch(request: ApiRequest, now: number): OrderSearch | string {
  const limit = queryInteger(request, "limit", { fallback: 100, min: 1, max: 200 });
  if (limit === undefined) return "limit";
  const created = readWindow(request, "created", now - 7 * DAY_MS);
  if (!created) return "createdStartDate";
  const modified = readWindow(request, "lastModified", 0);
  if (!modified) return "lastModifiedStartDate";
  return {
    limit,
    shipNodeType: request.query.get("shipNodeType") ?? "SellerFulfilled",
    status: request.query.get("status"),
    purchaseOrderId: request.query.get("purchaseOrderId"),
    created: { ...created, from: Math.max(created.from, now - 180 * DAY_MS) },
    modified,
  };
}

export function isFound(order: Order, search: OrderSearch): boolean {
  return (
    search.shipNodeType === order.shipNode.type &&
    (search.status === null || hasStatus(order, search.status)) &&
    (search.purchaseOrderId ?? order.purchaseOrderId) === order.purchaseOrderId &&
    isWithin(order.placedAt, search.created) &&
    isWithin(order.modifiedAt, search.modified)
  );
}

/** By the status of any unit of its lines. */
function hasStatus({ lines }: Order, wanted: string): boolean {
  const status = unitStatuses.find((each) => each === wanted);
  return status !== undefined && lines.some((line) => unitsIn(line, status).length > 0);
}

function isWithin(at: number, { from, to }: Window): boolean {
  return at >= from && at <= to;
}

function readWindow(request: ApiRequest, prefix: string, start: number): Window | undefined {
  const time = (name: string, fallback: number) => {
    const text = request.query.get(name);
    return text === null ? fallback : Date.parse(text);
  };
  const window = { from: time(`${prefix}StartDate`, start), to: time(`${prefix}EndDate`, Infinity) };
  return Number.isNaN(window.from) || Number.isNaN(window.to) ? undefined : window;
}
