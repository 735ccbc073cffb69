import type { CallContext, ListingRef, ReadOutcome } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "./client.ts";
import { isGid, levelKey } from "./ids.ts";
import { withinCost } from "./paging.ts";

/** The most ids one query takes (Shopify docs: API limits, input arrays), and fewer should that cost too much. */
const ITEMS_PER_QUERY = [250, 100, 25];

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

/** What Shopify shows of an item at a location. */
export type Level = ReadOutcome | { readonly status: "unstocked" };

/**
 * Reads `available` and, as reserved, `committed` (sold and not yet shipped). Asks for the one level of each item
 * rather than listing its levels, of which there may be as many as the shop has locations.
 */
export async function readLevels(
  client: ShopifyClient,
  listings: readonly ListingRef[],
  call: CallContext,
): Promise<readonly Level[]> {
  const known = new Map<string, Item>();
  for (const [locationId, ids] of itemsByLocation(listings)) {
    const items = await withinCost(ITEMS_PER_QUERY, (size) => readInChunks(client, { ids, locationId, size }, call));
    for (const item of items) known.set(levelKey(item.id, locationId), item);
  }
  return listings.map((listing) => levelOf(known.get(levelKey(listing.externalId, listing.externalLocationId))));
}

async function readInChunks(
  client: ShopifyClient,
  { ids, locationId, size }: { readonly ids: readonly string[]; readonly locationId: string; readonly size: number },
  call: CallContext,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let start = 0; start < ids.length; start += size) {
    const { nodes } = await client.run(readItems, { ids: ids.slice(start, start + size), locationId }, call);
    items.push(...nodes.flatMap((item) => item ?? []));
  }
  return items;
}

export async function readInventory(
  client: ShopifyClient,
  listings: readonly ListingRef[],
  call: CallContext,
): Promise<readonly ReadOutcome[]> {
  const levels = await readLevels(client, listings, call);
  return levels.map((level) => (level.status === "unstocked" ? unstocked : level));
}

const unstocked: ReadOutcome = { status: "missing", message: "Shopify does not stock the item at this location" };

/** Ids Shopify can't read are left out, for they would fail the query; their listings are missing. */
function itemsByLocation(listings: readonly ListingRef[]): ReadonlyMap<string, readonly string[]> {
  const readable = listings.filter((listing) => isGid("InventoryItem", listing.externalId));
  const located = readable.filter((listing) => isGid("Location", listing.externalLocationId));
  const groups = Map.groupBy(located, ({ externalLocationId }) => externalLocationId ?? "");
  return new Map(
    [...groups].map(([locationId, group]) => [locationId, [...new Set(group.map(({ externalId }) => externalId))]]),
  );
}

function levelOf(item: Item | undefined): Level {
  if (!item) return { status: "missing", message: "Shopify knows no such inventory item" };
  if (!item.tracked) return { status: "untracked" };
  const quantity = (name: string) => item.inventoryLevel?.quantities.find((each) => each.name === name)?.quantity;
  const available = quantity("available");
  if (available === undefined) return { status: "unstocked" };
  return { status: "read", available, reserved: quantity("committed") ?? null };
}
