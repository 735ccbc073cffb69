import { ChannelError, type CallContext, type OrderPage } from "@lastunit/adapter-contract";
import { z } from "zod";
import { inBackground, type EbayClient } from "./client.ts";
import { EbayOrder, snapshotOf } from "./orders.ts";

/** The most eBay gives (Sell Fulfillment OpenAPI: getOrders). */
const ORDERS_PER_PAGE = 200;
/** Orders may become visible late, under an earlier `lastModifiedDate`. */
const OVERLAP_MS = 5 * 60_000;
/** So long before its end a window counts as told whole: a sale that becomes visible late is not taken for none. */
const SETTLING_MS = 60_000;
/**
 * How far a window is drawn back, step by step, while eBay takes its end for the future: what changed after it waits for
 * the next poll. The last ones are for a clock that is plainly wrong.
 */
const CLOCK_SLACKS_MS = [0, 5_000, 60_000, 300_000, 1_800_000];
const END_IN_FUTURE = "30850";
/** eBay refuses a window that begins more than two years back. */
const LONGEST_LOOK_BACK_MS = 729 * 24 * 60 * 60_000;

/** Between windows only `from` is known; inside one also its end and which page comes next. */
const Cursor = z.object({
  from: z.iso.datetime(),
  page: z.object({ to: z.iso.datetime(), offset: z.number().int().nonnegative() }).optional(),
});
type Cursor = z.infer<typeof Cursor>;
interface Window {
  readonly from: string;
  readonly to: string;
}

const Orders = z.object({ total: z.number().int(), orders: z.array(EbayOrder).default([]) });

/**
 * Orders modified in the closed window [from, to], one page a call. The window ends now: eBay refuses an end in its
 * future, so when its clock is behind ours the window is drawn back. The first window begins an overlap before the
 * connection.
 *
 * A window of several pages is read from its last page to its first: an order that changes meanwhile leaves the
 * window and moves those behind it up, into pages still to come, so none is skipped.
 */
export async function pollOrders(client: EbayClient, start: string | Date, context: CallContext): Promise<OrderPage> {
  const call = inBackground(context);
  const now = new Date().toISOString();
  const { from: since, page }: Cursor =
    typeof start === "string" ? parseCursor(start) : { from: earlier(start.toISOString(), OVERLAP_MS) };
  const from = later(since, earlier(now, LONGEST_LOOK_BACK_MS));
  const { window, total, orders } = await readPage(client, { from, to: page?.to ?? now }, page?.offset ?? 0, call);
  const offset = offsetAfter(page?.offset, total);
  const next: Cursor =
    offset === undefined
      ? { from: earlier(window.to, OVERLAP_MS) }
      : { from: window.from, page: { to: window.to, offset } };
  return {
    orders: orders.map(snapshotOf),
    cursor: JSON.stringify(next),
    more: offset !== undefined,
    // Not by when this poll began: the window may be an earlier one's, or drawn back.
    completeUntil: earlier(window.to, SETTLING_MS),
  };
}

/** The first read learns the total; then down from the last page, the first page once more included. */
function offsetAfter(offset: number | undefined, total: number): number | undefined {
  if (offset !== undefined) return offset > 0 ? offset - ORDERS_PER_PAGE : undefined;
  return total > ORDERS_PER_PAGE ? Math.floor((total - 1) / ORDERS_PER_PAGE) * ORDERS_PER_PAGE : undefined;
}

async function readPage(client: EbayClient, window: Window, offset: number, call: CallContext) {
  let refusal: unknown;
  for (const slack of CLOCK_SLACKS_MS) {
    const drawnBack = endingAt(earlier(window.to, slack), window);
    try {
      return { window: drawnBack, ...(await getOrders(client, drawnBack, offset, call)) };
    } catch (error) {
      if (!(error instanceof ChannelError) || error.code !== END_IN_FUTURE) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** A window that would begin after its end begins an overlap before it. */
function endingAt(to: string, { from }: Window): Window {
  return { from: Date.parse(from) < Date.parse(to) ? from : earlier(to, OVERLAP_MS), to };
}

function getOrders(client: EbayClient, { from, to }: Window, offset: number, call: CallContext) {
  const filter = `lastmodifieddate:[${from}..${to}]`;
  return client.asSeller("fulfillment", Orders, call, (api) =>
    api.sell.fulfillment.getOrders({ filter, limit: ORDERS_PER_PAGE, offset }),
  );
}

function parseCursor(text: string): Cursor {
  try {
    return Cursor.parse(JSON.parse(text));
  } catch {
    throw new ChannelError("rejected", "the order cursor is not one of ours", { code: "bad_cursor" });
  }
}

function earlier(iso: string, ms: number): string {
  return new Date(Date.parse(iso) - ms).toISOString();
}

function later(one: string, other: string): string {
  return Date.parse(one) > Date.parse(other) ? one : other;
}
