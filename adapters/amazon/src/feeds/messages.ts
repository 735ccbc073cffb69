import type { InventoryUpdate } from "@lastunit/adapter-contract";
import { quantityPatch, writableAs, type Patch } from "../patches.ts";

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

/** A message an update; none for a listing whose quantity must not be written. */
export function messagesOf(updates: readonly InventoryUpdate[]): readonly Message[] {
  return updates.flatMap(({ listing, quantity }, index): readonly Message[] => {
    const productType = writableAs(listing);
    if (typeof productType !== "string") return [];
    const patches = [quantityPatch(quantity)];
    return [{ messageId: messageIdOf(index), sku: listing.externalId, operationType: "PATCH", productType, patches }];
  });
}
