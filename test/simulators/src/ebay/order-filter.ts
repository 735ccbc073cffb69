import type { EbayError } from "./errors.ts";
import { fulfillmentError } from "./errors.ts";
import type { Order } from "./order.ts";

const TWO_YEARS_MS = 2 * 366 * 24 * 3_600_000;
const TERM = /(creationdate|lastmodifieddate):\[([^\]]*)\]|orderfulfillmentstatus:\{([^}]*)\}/gu;

interface Window {
  readonly from: number;
  readonly to: number;
}

export type OrderFilter = { readonly matches: (order: Order) => boolean } | { readonly refused: EbayError };

/**
 * Reads the `filter` of getOrders: `lastmodifieddate:[<from>..<to>]`, `creationdate:[..]` (wins when both are there) and
 * `orderfulfillmentstatus:{..}`, joined by commas. The end may be left out, must not lie in the future (30850), and the
 * start not more than two years back (eBay Sell Fulfillment API: getOrders).
 */
export function readOrderFilter(filter: string | null, now: number): OrderFilter {
  if (!filter) return { matches: () => true };
  const terms = [...filter.matchAll(TERM)];
  if (terms.map(([text]) => text).join(",") !== filter) return refused(30700, `Invalid filter: ${filter}`);

  const windows = new Map(terms.filter((term) => term[1]).map((term) => [term[1], readWindow(term[2] ?? "")]));
  const created = windows.has("creationdate");
  const window = created ? windows.get("creationdate") : windows.get("lastmodifieddate");
  if (!window) return windows.size > 0 ? refused(30700, `Invalid filter: ${filter}`) : matching(terms, () => true);
  if (window.to !== Infinity && window.to > now) return refused(30850, "The end date can't be in the future.");
  if (window.from < now - TWO_YEARS_MS) return refused(30700, "The start date can't be more than two years ago.");
  return matching(terms, (order) => {
    const at = Date.parse(created ? order.createdAt : order.modifiedAt);
    return at >= window.from && at <= window.to;
  });
}

function matching(terms: readonly RegExpExecArray[], inWindow: (order: Order) => boolean): OrderFilter {
  const statuses = terms.flatMap((term) => (term[3] === undefined ? [] : [term[3].split("|")]));
  const statusOf = ({ shippedAt }: Order) => (shippedAt === null ? "NOT_STARTED" : "FULFILLED");
  return { matches: (order) => statuses.every((names) => names.includes(statusOf(order))) && inWindow(order) };
}

function readWindow(text: string): Window | undefined {
  const [from = "", to = "", more] = text.split("..");
  const window = { from: Date.parse(from), to: to === "" ? Infinity : Date.parse(to) };
  return more !== undefined || Number.isNaN(window.from) || Number.isNaN(window.to) ? undefined : window;
}

function refused(errorId: number, message: string): OrderFilter {
  return { refused: fulfillmentError(errorId, message) };
}
