import { type CallContext, ChannelError } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "./client.ts";

const Offer = z.object({
  offerId: z.string(),
  marketplaceId: z.string(),
  format: z.string().default("FIXED_PRICE"),
  status: z.string(),
  availableQuantity: z.number().int().nonnegative().optional(),
  /** Absent until the offer is published. */
  listing: z.object({ listingId: z.string().optional() }).optional(),
});
export type Offer = z.infer<typeof Offer>;
const Offers = z.object({ offers: z.array(Offer).default([]) });

/**
 * All offers of a SKU, on every marketplace. A SKU without offers is answered 404 (25713), which is an empty list here.
 */
export async function offersOf(client: EbayClient, sku: string, call: CallContext): Promise<readonly Offer[]> {
  try {
    const { offers } = await client.asSeller("inventory", Offers, call, (api) => api.sell.inventory.getOffers({ sku }));
    return offers;
  } catch (error) {
    if (error instanceof ChannelError && error.httpStatus === 404) return [];
    throw error;
  }
}

/**
 * The SKU's offers that buyers on our marketplace can see: published, fixed price. eBay keeps one offer a SKU,
 * marketplace and format, so this is one at most. Auctions are left alone; they hold units of their own.
 */
export async function liveOffers(client: EbayClient, sku: string, call: CallContext): Promise<readonly Offer[]> {
  const marketplace: string = client.settings.marketplaceId;
  return (await offersOf(client, sku, call)).filter(
    ({ marketplaceId, format, status }) =>
      marketplaceId === marketplace && format === "FIXED_PRICE" && status === "PUBLISHED",
  );
}
