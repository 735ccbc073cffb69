import { z } from "zod";
import { container, many, units } from "./xml.ts";

const Sold = container(z.object({ QuantitySold: units.default(0), ListingStatus: z.string().default("Active") }));
const Codes = container(z.record(z.string(), z.unknown()));

const Variation = z.object({
  SKU: z.string().optional(),
  Quantity: units,
  SellingStatus: Sold,
  VariationProductListingDetails: Codes,
});
export type TradingVariation = z.infer<typeof Variation>;

/** What of a listing concerns stock (Trading API: ItemType), as GetItem and GetSellerList give it. */
export const TradingItem = z.object({
  ItemID: z.string().regex(/^\d+$/),
  SKU: z.string().optional(),
  Title: z.string().default(""),
  ListingType: z.string().default("FixedPriceItem"),
  Quantity: units,
  SellingStatus: Sold,
  ProductListingDetails: Codes,
  Variations: container(z.object({ Variation: many(Variation) })),
});
export type TradingItem = z.infer<typeof TradingItem>;

/** Listings with a price that stands; the others are auctions, whose units are the bidders'. */
const fixedPrice = new Set(["FixedPriceItem", "StoresFixedPrice"]);

export function isFixedPrice({ ListingType }: TradingItem): boolean {
  return fixedPrice.has(ListingType);
}

export function variationsOf({ Variations }: TradingItem): readonly TradingVariation[] {
  return Variations?.Variation ?? [];
}

/** Here `Quantity` counts the sold units too (eBay KB 1525), on a listing as on its variations. */
export function availableOf(part: Pick<TradingVariation, "Quantity" | "SellingStatus">): number {
  return Math.max(0, part.Quantity - (part.SellingStatus?.QuantitySold ?? 0));
}

/** An ended listing can't be bought, whatever its number says. */
export function hasEnded({ SellingStatus }: TradingItem): boolean {
  return (SellingStatus?.ListingStatus ?? "Active") !== "Active";
}
