import { z } from "zod";

export const LISTINGS_VERSION = "2021-08-01";
/** searchListingsItems takes and gives no more (SP-API model listingsItems_2021-08-01). */
export const LARGEST_PAGE = 20;

/** The channel code of a listing whose units the merchant keeps and ships (FBM). */
export const MERCHANT = "DEFAULT";

/**
 * A listing, with `summaries` and `fulfillmentAvailability` included, at import `attributes` too. FBA entries come
 * without a quantity.
 */
export const ListingItem = z.object({
  sku: z.string(),
  summaries: z
    .array(
      z.object({
        marketplaceId: z.string(),
        productType: z.string().optional(),
        itemName: z.string().optional(),
        createdDate: z.iso.datetime({ offset: true }).optional().catch(undefined),
      }),
    )
    .default([]),
  attributes: z
    .object({
      externally_assigned_product_identifier: z
        .array(z.object({ value: z.string(), marketplace_id: z.string().optional() }))
        .optional()
        .catch(undefined),
    })
    .optional(),
  fulfillmentAvailability: z
    .array(z.object({ fulfillmentChannelCode: z.string(), quantity: z.number().int().optional() }))
    .default([]),
});
export type ListingItem = z.infer<typeof ListingItem>;

export const ListingPage = z.object({
  numberOfResults: z.number().int().optional(),
  pagination: z.object({ nextToken: z.string().min(1).nullish() }).nullish(),
  items: z.array(ListingItem),
});

/** What `import` notes on a listing and `push` needs. */
export const External = z.object({
  productType: z.string().min(1),
  /** `DEFAULT`, `AMAZON_NA` and its like, a supply source's id, or null when Amazon names none. */
  fulfillmentChannel: z.string().nullable(),
});
export type External = z.infer<typeof External>;

/**
 * Who keeps the listing's units. One entry beside the merchant's is enough to call it somebody else's: writing the
 * merchant's number could turn an FBA listing into a merchant-fulfilled one.
 */
export function fulfillmentOf({ fulfillmentAvailability: entries }: ListingItem): {
  readonly channel: string | null;
  /** Units shown; null unless the merchant keeps them and Amazon tells how many. */
  readonly quantity: number | null;
} {
  const other = entries.find((entry) => entry.fulfillmentChannelCode !== MERCHANT);
  if (other) return { channel: other.fulfillmentChannelCode, quantity: null };
  const [own] = entries;
  return { channel: own?.fulfillmentChannelCode ?? null, quantity: own?.quantity ?? null };
}

/** Why a listing fulfilled through `channel` can't be kept in step, in a sentence; null when it can. */
export function unsupportedBecause(channel: string | null): string | null {
  if (channel === MERCHANT) return null;
  if (channel === null) return "Amazon names no merchant-fulfilled quantity for this SKU";
  if (channel.startsWith("AMAZON_")) return "Fulfilled by Amazon (FBA): its quantity can't be set";
  return "Multi-Location Inventory: its quantities are set for each supply source";
}
