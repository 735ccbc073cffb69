import { z } from "zod";
import type { Offer } from "./offers.ts";

const codes = z.array(z.string()).optional();

/** The part of an inventory item that concerns stock; a quantity written away by a full replace is absent. */
export const InventoryItem = z.object({
  product: z.object({ title: z.string().optional(), upc: codes, ean: codes, isbn: codes }).optional(),
  availability: z
    .object({
      shipToLocationAvailability: z
        .object({
          quantity: z.number().int().nonnegative().optional(),
          availabilityDistributions: z.array(z.unknown()).optional(),
        })
        .optional(),
    })
    .optional(),
});
export type InventoryItem = z.infer<typeof InventoryItem>;

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

/** Whether the seller spreads the item's units over fulfillment centers: a single number would undo that. */
export function isDistributed({ availability }: InventoryItem): boolean {
  return (availability?.shipToLocationAvailability?.availabilityDistributions ?? []).length > 0;
}
