import type { InventoryUpdate } from "@lastunit/adapter-contract";
import type { FulfillmentWatch } from "../fulfillment-watch.ts";
import { handedOver, quantityPatch, writableAs, type Patch, type Rejected } from "../patches.ts";

/** The most messages a listings feed takes (SP-API changelog, 2025-05-06). */
export const MOST_MESSAGES = 25_000;

/** One message of a listings feed (schema listings-feed-schema-v2). */
export interface Message {
  readonly messageId: number;
  readonly sku: string;
  readonly operationType: "PATCH";
  readonly productType: string;
  readonly patches: readonly Patch[];
}

/** By what a feed's report names an update: its place among those the feed was made of. */
export const messageIdOf = (index: number): number => index + 1;

/**
 * The product type to send an update under, or why it is left out. Too many go into a feed to look who fulfills each: it
 * goes by what was seen before.
 */
export function sendableAs({ listing }: InventoryUpdate, watch: FulfillmentWatch): string | Rejected {
  const productType = writableAs(listing);
  if (typeof productType !== "string") return productType;
  const reason = watch.whyHandedOver(listing.externalId);
  return reason === null ? productType : handedOver(reason);
}

/** A message an update; none for a listing whose quantity must not be written. */
export function messagesOf(updates: readonly InventoryUpdate[], watch: FulfillmentWatch): readonly Message[] {
  return updates.flatMap((update, index): readonly Message[] => {
    const { listing, quantity } = update;
    const productType = sendableAs(update, watch);
    if (typeof productType !== "string") return [];
    const patches = [quantityPatch(quantity)];
    return [{ messageId: messageIdOf(index), sku: listing.externalId, operationType: "PATCH", productType, patches }];
  });
}
