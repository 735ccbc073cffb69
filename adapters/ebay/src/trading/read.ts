import { type CallContext, ChannelError, type ReadOutcome, type Unread } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "../client.ts";
import { inParallel } from "../in-parallel.ts";
import type { TradingListing } from "../listing.ts";
import { readOrUnread } from "../unread.ts";
import { availableOf, hasEnded, TradingItem, variationsOf } from "./item.ts";
import { asText } from "./xml.ts";

const Answer = z.object({ Ack: z.enum(["Success", "Warning"]), Item: TradingItem });

/** What buyers can buy, in input order: one GetItem a listing, whatever number of its variations is asked for. */
export async function readByTrading(
  client: EbayClient,
  listings: readonly TradingListing[],
  call: CallContext,
): Promise<readonly ReadOutcome[]> {
  const itemIds = [...new Set(listings.map(({ itemId }) => itemId))];
  const items = await inParallel(itemIds, async (itemId) => {
    return [itemId, await readOrUnread(() => getItem(client, itemId, call))] as const;
  });
  const byId = new Map(items);
  return listings.map((listing) => outcomeOf(listing, byId.get(listing.itemId)));
}

/** Undefined where eBay knows no such item, or it is another seller's. */
async function getItem(client: EbayClient, itemId: string, call: CallContext): Promise<TradingItem | undefined> {
  try {
    const { Item } = await client.asSeller("trading", Answer, call, (api) =>
      api.trading.GetItem({ ItemID: itemId }, asText),
    );
    return Item;
  } catch (error) {
    if (error instanceof ChannelError && error.failure === "rejected") return undefined;
    throw error;
  }
}

function outcomeOf({ itemId, variationSku }: TradingListing, item: TradingItem | Unread | undefined): ReadOutcome {
  if (!item) return { status: "missing", message: `eBay has no item ${itemId}` };
  if ("status" in item) return item;
  if (hasEnded(item)) return { status: "missing", message: `the listing ${itemId} has ended` };
  const variations = variationsOf(item);
  if (variationSku === null && variations.length === 0) return read(availableOf(item));
  const variation = variations.find(({ SKU }) => SKU === variationSku);
  if (variation) return read(availableOf(variation));
  return { status: "missing", message: `the listing ${itemId} has no variation ${variationSku ?? "to be told apart"}` };
}

function read(available: number): ReadOutcome {
  return { status: "read", available, reserved: null };
}
