import { type CallContext, ChannelError } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "./client.ts";
import type { EbaySettings } from "./connection.ts";

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

/** What the Inventory API calls a SKU that can't be one of its own: listings made elsewhere may have such. */
const invalidSku = new Set(["25707", "25708"]);

/**
 * All offers of a SKU, on every marketplace. None where eBay answers 404 (25713), and where it says that no inventory
 * item can have this SKU (github.com/hendt/ebay-api/issues/159: letters, digits, 50 of them at most).
 */
export async function offersOf(client: EbayClient, sku: string, call: CallContext): Promise<readonly Offer[]> {
  try {
    const { offers } = await client.asSeller("inventory", Offers, call, (api) => api.sell.inventory.getOffers({ sku }));
    return offers;
  } catch (error) {
    if (error instanceof ChannelError && hasNoOffers(error)) return [];
    throw error;
  }
}

function hasNoOffers({ failure, httpStatus, code }: ChannelError): boolean {
  return failure === "rejected" && (httpStatus === 404 || invalidSku.has(code));
}

/**
 * Of a SKU's offers those that buyers on our marketplace can see: published, fixed price. eBay keeps one offer a SKU,
 * marketplace and format, so this is one at most. Auctions are left alone; they hold units of their own.
 */
export function liveAmong(
  offers: readonly Offer[],
  { marketplaceId: ours }: Pick<EbaySettings, "marketplaceId">,
): readonly Offer[] {
  const marketplace: string = ours;
  return offers.filter(
    ({ marketplaceId, format, status }) =>
      marketplaceId === marketplace && format === "FIXED_PRICE" && status === "PUBLISHED",
  );
}

/** The numbers of the listings that the offers are, whatever their marketplace and format. */
export function listingIdsOf(offers: readonly Offer[]): readonly string[] {
  return offers.flatMap(({ listing }) => listing?.listingId ?? []);
}
