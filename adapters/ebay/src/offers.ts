import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "./client.ts";

const Offer = z.object({
  offerId: z.string(),
  marketplaceId: z.string(),
  format: z.string().default("FIXED_PRICE"),
  status: z.string(),
  availableQuantity: z.number().int().nonnegative().optional(),
});
export type Offer = z.infer<typeof Offer>;
const Offers = z.object({ offers: z.array(Offer).default([]) });

/** The part of an inventory item that holds its number; a quantity written away by a full replace is absent. */
export const InventoryItem = z.object({
  product: z.object({ title: z.string().optional() }).optional(),
  availability: z
    .object({
      shipToLocationAvailability: z.object({ quantity: z.number().int().nonnegative().optional() }).optional(),
    })
    .optional(),
});
export type InventoryItem = z.infer<typeof InventoryItem>;

/**
 * The SKU's offers that buyers on our marketplace can see: published, fixed price. eBay keeps one offer a SKU,
 * marketplace and format, so this is one at most. Auctions are left alone; they hold units of their own.
 * A SKU without offers is answered 404 (25713), which is an empty list here.
 */
export async function liveOffers(client: EbayClient, sku: string, call: CallContext): Promise<readonly Offer[]> {
  const marketplace: string = client.settings.marketplaceId;
  try {
    const { offers } = await client.asSeller("inventory", Offers, call, (api) => api.sell.inventory.getOffers({ sku }));
    return offers.filter(
      ({ marketplaceId, format, status }) =>
        marketplaceId === marketplace && format === "FIXED_PRICE" && status === "PUBLISHED",
    );
  } catch (error) {
    if (error instanceof ChannelError && error.httpStatus === 404) return [];
    throw error;
  }
}

/**
 * Units a buyer can buy: the lower of the item's quantity and the offer's `availableQuantity`, which caps it when set
 * (Sell Inventory OpenAPI, notes of bulkUpdatePriceQuantity). Null when the item has no quantity at all.
 */
export function buyable(item: InventoryItem, offers: readonly Offer[]): number | null {
  const quantity = item.availability?.shipToLocationAvailability?.quantity;
  if (quantity === undefined) return null;
  const caps = offers.map(({ availableQuantity }) => availableQuantity ?? quantity);
  return Math.min(quantity, Math.max(0, ...caps));
}
