import type { CallContext, ImportedListing, ImportPage } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "./client.ts";
import { digitsOf } from "./ids.ts";
import { PageInfo } from "./paging.ts";

const Level = z.object({
  location: z.object({ id: z.string(), isActive: z.boolean() }),
  quantities: z.array(z.object({ name: z.string(), quantity: z.int() })),
});
type Level = z.infer<typeof Level>;
const Levels = z.object({ nodes: z.array(Level), pageInfo: PageInfo });

const Variant = z.object({
  id: z.string(),
  sku: z.string().nullable(),
  displayName: z.string(),
  inventoryItem: z.object({ id: z.string(), tracked: z.boolean(), inventoryLevels: Levels }),
});
type Variant = z.infer<typeof Variant>;
const Variants = z.object({ productVariants: z.object({ nodes: z.array(Variant), pageInfo: PageInfo }) });
const MoreLevels = z.object({ inventoryItem: z.object({ inventoryLevels: Levels }).nullable() });

const levelFields = `nodes { location { id isActive } quantities(names: ["available"]) { name quantity } }
  pageInfo { hasNextPage endCursor }`;

const listVariants: Operation<z.infer<typeof Variants>> = {
  document: `query Variants($after: String) {
    productVariants(first: 100, after: $after, sortKey: ID) {
      nodes { id sku displayName inventoryItem { id tracked inventoryLevels(first: 20) { ${levelFields} } } }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  cost: 250,
  answer: Variants,
};

const listLevels: Operation<z.infer<typeof MoreLevels>> = {
  document: `query Levels($id: ID!, $after: String) {
    inventoryItem(id: $id) { inventoryLevels(first: 250, after: $after) { ${levelFields} } }
  }`,
  cost: 50,
  answer: MoreLevels,
};

/**
 * One listing for each variant and active location that stocks it. The cursor is Shopify's own, sorted by id, so
 * variants made meanwhile come last. SKUs are taken as they are: empty and repeated ones exist.
 */
export async function importListings(
  client: ShopifyClient,
  cursor: string | null,
  call: CallContext,
): Promise<ImportPage> {
  const { productVariants } = await client.run(listVariants, { after: cursor }, call);
  const { nodes, pageInfo } = productVariants;
  const listings: ImportedListing[] = [];
  for (const variant of nodes) {
    const levels = await allLevels(client, variant, call);
    const active = levels.filter(({ location }) => location.isActive);
    listings.push(...active.map((level) => listingOf(variant, level)));
  }
  return { listings, next: pageInfo.hasNextPage ? pageInfo.endCursor : null };
}

/** Few items have more levels than come with the variant, so the rest is asked for only when there is one. */
async function allLevels(client: ShopifyClient, variant: Variant, call: CallContext): Promise<readonly Level[]> {
  const { id, inventoryLevels } = variant.inventoryItem;
  const levels = [...inventoryLevels.nodes];
  let { pageInfo } = inventoryLevels;
  while (pageInfo.hasNextPage) {
    const { inventoryItem } = await client.run(listLevels, { id, after: pageInfo.endCursor }, call);
    if (!inventoryItem) break; // Deleted since the page was read.
    levels.push(...inventoryItem.inventoryLevels.nodes);
    ({ pageInfo } = inventoryItem.inventoryLevels);
  }
  return levels;
}

function listingOf({ id, sku, displayName, inventoryItem }: Variant, level: Level): ImportedListing {
  const available = level.quantities.find(({ name }) => name === "available")?.quantity ?? null;
  return {
    sku: sku ?? "",
    externalId: inventoryItem.id,
    externalLocationId: level.location.id,
    external: {},
    lineRef: digitsOf(id),
    // What Shopify calls the only variant of a product without options.
    title: displayName.replace(/ - Default Title$/, ""),
    available: inventoryItem.tracked ? available : null,
    unsupported: inventoryItem.tracked
      ? null
      : 'Shopify does not track this item: turn on "Track quantity" for it, then import again.',
  };
}
