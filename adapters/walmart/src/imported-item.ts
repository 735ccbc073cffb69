import type { ImportedListing } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartSettings } from "./credentials.ts";
import { shownAt, type NodeStock } from "./nodes.ts";
import { id } from "./numbers.ts";

/** An item as Walmart's catalog has it. */
export const Item = z.object({
  sku: id,
  productName: z.string().nullish(),
  gtin: z.string().nullish(),
  upc: z.string().nullish(),
  lifecycleStatus: z.string().nullish(),
});
export type Item = z.infer<typeof Item>;

/**
 * The listings an item makes: one, where the account has one ship node or the settings name one; else one for each node
 * that holds the item, so that each follows the stock of its own location.
 *
 * @param account the ship nodes there are to write.
 */
export function listingsOf(
  item: Item,
  nodes: readonly NodeStock[],
  { settings, account }: { readonly settings: WalmartSettings; readonly account: readonly string[] },
): readonly ImportedListing[] {
  if (account.length <= 1) return [listingOf(item, nodes, settings.shipNode ?? null)];
  const own = nodes.filter(({ shipNode }) => account.includes(shipNode));
  return own.length === 0 ? [listingOf(item, [], null)] : own.map(({ shipNode }) => listingOf(item, own, shipNode));
}

function listingOf(item: Item, nodes: readonly NodeStock[], node: string | null): ImportedListing {
  return {
    sku: item.sku,
    externalId: item.sku,
    externalLocationId: node,
    external: {},
    lineRef: item.sku,
    title: item.productName || item.sku,
    barcode: item.gtin || item.upc || null,
    available: nodes.length === 0 ? null : shownAt(nodes, node).available,
    unsupported: whyUnsupported(item, nodes),
  };
}

function whyUnsupported(item: Item, nodes: readonly NodeStock[]): string | null {
  if (item.lifecycleStatus === "RETIRED" || item.lifecycleStatus === "ARCHIVED") {
    return `The item is ${item.lifecycleStatus.toLowerCase()} on Walmart.`;
  }
  if (/^\.\.?$/.test(item.sku))
    return "Walmart's address of it cannot be written: give it a SKU with letters or digits.";
  if (nodes.length === 0) return "Walmart holds no seller inventory of it: fulfilled by Walmart, or not ingested yet.";
  return null;
}
