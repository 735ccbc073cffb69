import { ChannelError, type ListingRef } from "@lastunit/adapter-contract";
import { z } from "zod";

/** Which API a listing was made with: the other one can't revise it (eBay docs: bulkMigrateListing). */
const Inventory = z.object({
  backend: z.literal("inventory"),
  /** The published fixed-price offers; their quantities cap the item's. */
  offerIds: z.array(z.string()),
});
const Trading = z.object({
  backend: z.literal("trading"),
  itemId: z.string(),
  /** Of a variation; null for a listing without variations, which its number alone names. */
  variationSku: z.string().nullable(),
});

/** What the import notes on a listing. */
export const External = z.discriminatedUnion("backend", [Inventory, Trading]);
export type External = z.infer<typeof External>;
export type InventoryListing = z.infer<typeof Inventory>;
export type TradingListing = z.infer<typeof Trading>;

/** @throws {ChannelError} the listing was not imported by this adapter. */
export function externalOf({ external, sku }: ListingRef): External {
  const parsed = External.safeParse(external);
  if (parsed.success) return parsed.data;
  throw new ChannelError("rejected", `${sku} must be imported again: what is noted on it does not say how it is sold`, {
    code: "not_imported",
  });
}

/** How a listing made elsewhere is named among the channel's SKUs, and how its order lines name it. */
export function tradingRef(itemId: string, variation?: string): string {
  return variation === undefined ? `item:${itemId}` : `item:${itemId}:${variation}`;
}
