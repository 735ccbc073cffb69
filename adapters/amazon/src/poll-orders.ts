import { ChannelError, type CallContext, type OrderPage } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { AmazonClient } from "./client.ts";
import { parseJson } from "./errors.ts";
import { AmazonOrder, INCLUDED_DATA, instant, ORDERS_VERSION, snapshotOf } from "./orders.ts";

const LARGEST_PAGE = 100;
/** Orders become visible late, under an earlier time; Amazon itself keeps upper limits two minutes back. */
const OVERLAP_MS = 2 * 60_000;
/** A first window must begin well before the end that Amazon puts to it, also right after the connection. */
const FIRST_WINDOW_MS = 10 * 60_000;

/** Between windows only `lastUpdatedAfter` is known; inside one also the next page and where the window ends. */
const Cursor = z.object({
  lastUpdatedAfter: z.iso.datetime(),
  paginationToken: z.string().min(1).optional(),
  lastUpdatedBefore: z.iso.datetime({ offset: true }).optional(),
});
type Cursor = z.infer<typeof Cursor>;

const OrderList = z.object({
  orders: z.array(AmazonOrder),
  pagination: z.object({ nextToken: z.string().min(1).nullish() }).nullish(),
  lastUpdatedBefore: z.iso.datetime({ offset: true }).optional(),
});

/**
 * Merchant-fulfilled orders updated since the cursor, oldest window first, 100 an answer. No upper limit is sent, so
 * Amazon chooses the newest it allows and says which. The first window begins ten minutes before the connection.
 */
export async function pollOrders(client: AmazonClient, from: string | Date, call: CallContext): Promise<OrderPage> {
  const { position, page } = await readPage(client, typeof from === "string" ? parseCursor(from) : start(from), call);
  const lastUpdatedBefore = position.lastUpdatedBefore ?? page.lastUpdatedBefore;
  const paginationToken = page.pagination?.nextToken ?? undefined;
  const next: Cursor =
    paginationToken === undefined
      ? { lastUpdatedAfter: startAfter(position, lastUpdatedBefore) }
      : {
          lastUpdatedAfter: position.lastUpdatedAfter,
          paginationToken,
          ...(lastUpdatedBefore && { lastUpdatedBefore }),
        };
  return {
    orders: page.orders.filter(isMerchants).map(snapshotOf),
    cursor: JSON.stringify(next),
    more: paginationToken !== undefined,
    // Amazon holds back what changed in the last two minutes: a sale of then is not yet told.
    completeUntil: instant(lastUpdatedBefore ?? position.lastUpdatedAfter),
  };
}

/** A page token lives a day; an old one is refused, and the window is read from its start again. */
async function readPage(
  client: AmazonClient,
  position: Cursor,
  call: CallContext,
): Promise<{ readonly position: Cursor; readonly page: z.infer<typeof OrderList> }> {
  try {
    return { position, page: await searchOrders(client, position, call) };
  } catch (error) {
    const isOld = error instanceof ChannelError && error.failure === "rejected";
    if (!isOld || position.paginationToken === undefined) throw error;
  }
  const again: Cursor = { lastUpdatedAfter: position.lastUpdatedAfter };
  return { position: again, page: await searchOrders(client, again, call) };
}

function searchOrders(client: AmazonClient, { lastUpdatedAfter, paginationToken }: Cursor, call: CallContext) {
  return client.asSeller(
    {
      name: "searchOrders",
      operation: "orders.searchOrders",
      version: ORDERS_VERSION,
      urgency: "background",
      query: {
        lastUpdatedAfter,
        marketplaceIds: client.settings.marketplaceId,
        fulfilledBy: "MERCHANT",
        includedData: INCLUDED_DATA,
        maxResultsPerPage: String(LARGEST_PAGE),
        ...(paginationToken !== undefined && { paginationToken }),
      },
      answer: OrderList,
    },
    call,
  );
}

/** Where the next window starts. It never moves back; without an end from Amazon it stays where it was. */
function startAfter({ lastUpdatedAfter }: Cursor, lastUpdatedBefore: string | undefined): string {
  if (lastUpdatedBefore === undefined) return lastUpdatedAfter;
  const end = new Date(Date.parse(lastUpdatedBefore) - OVERLAP_MS).toISOString();
  return end > lastUpdatedAfter ? end : lastUpdatedAfter;
}

/** Amazon was asked for these alone; FBA orders take nothing from the merchant's stock, so be sure. */
function isMerchants({ fulfillment }: AmazonOrder): boolean {
  return fulfillment?.fulfilledBy !== "AMAZON";
}

function start(connectedAt: Date): Cursor {
  return { lastUpdatedAfter: new Date(connectedAt.getTime() - FIRST_WINDOW_MS).toISOString() };
}

function parseCursor(text: string): Cursor {
  const parsed = Cursor.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new ChannelError("rejected", "the stored cursor of the order poller can't be read", { code: "bad_cursor" });
}
