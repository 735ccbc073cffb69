import type { CallContext, ListingRef, ReadOutcome } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "./client.ts";
import { isGid } from "./ids.ts";

/** The most ids one query takes (Shopify docs: API limits, input arrays). */
const ITEMS_PER_QUERY = 250;

const Item = z.object({
  id: z.string(),
  tracked: z.boolean(),
  inventoryLevel: z.object({ quantities: z.array(z.object({ name: z.string(), quantity: z.int() })) }).nullable(),
});
type Item = z.infer<typeof Item>;
const Items = z.object({ nodes: z.array(Item.nullable()) });

const readItems: Operation<z.infer<typeof Items>> = {
  document: `query Quantities($ids: [ID!]!, $locationId: ID!) {
    nodes(ids: $ids) {
      ... on InventoryItem {
        id
        tracked
        inventoryLevel(locationId: $locationId) { quantities(names: ["available", "committed"]) { name quantity } }
      }
    }
  }`,
  cost: 50,
  answer: Items,
};

/**
 * Reads `available` and, as reserved, `committed` (sold and not yet shipped). Asks for the one level of each item
 * rather than listing its levels, of which there may be as many as the shop has locations.
 */
export async function readInventory(
  client: ShopifyClient,
  listings: readonly ListingRef[],
  call: CallContext,
): Promise<readonly ReadOutcome[]> {
  const known = new Map<string, Item>();
  for (const [locationId, ids] of itemsByLocation(listings)) {
    for (let start = 0; start < ids.length; start += ITEMS_PER_QUERY) {
      const variables = { ids: ids.slice(start, start + ITEMS_PER_QUERY), locationId };
      const { nodes } = await client.run(readItems, variables, call);
      for (const item of nodes) if (item) known.set(levelKey(item.id, locationId), item);
    }
  }
  return listings.map((listing) => outcomeOf(known.get(levelKey(listing.externalId, listing.externalLocationId))));
}

function levelKey(itemId: string, locationId: string | null): string {
  return `${itemId} ${locationId}`;
}

/** Ids Shopify can't read are left out, for they would fail the query; their listings are missing. */
function itemsByLocation(listings: readonly ListingRef[]): ReadonlyMap<string, readonly string[]> {
  const readable = listings.filter((listing) => isGid("InventoryItem", listing.externalId));
  const located = readable.filter((listing) => isGid("Location", listing.externalLocationId));
  const groups = Map.groupBy(located, ({ externalLocationId }) => externalLocationId ?? "");
  return new Map(
    [...groups].map(([locationId, group]) => [locationId, [...new Set(group.map(({ externalId }) => externalId))]]),
  );
}

function outcomeOf(item: Item | undefined): ReadOutcome {
  if (!item) return { status: "missing", message: "Shopify knows no such inventory item" };
  if (!item.tracked) return { status: "untracked" };
  const quantity = (name: string) => item.inventoryLevel?.quantities.find((each) => each.name === name)?.quantity;
  const available = quantity("available");
  if (available === undefined)
    return { status: "missing", message: "Shopify does not stock the item at this location" };
  return { status: "read", available, reserved: quantity("committed") ?? null };
}
