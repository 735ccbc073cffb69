import type { CallContext, ExternalLocation, ImportedListing, ImportPage } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "./client.ts";
import { digitsOf } from "./ids.ts";
import { locations } from "./locations.ts";
import { allNodes, PageInfo, withinCost } from "./paging.ts";

const VARIANTS_PER_PAGE = [100, 50, 20, 5];

/** The most nodes a list takes (Shopify docs: API limits). */
const LEVELS_AT_MOST = 250;
/** Asked for with each variant, also of a shop with few locations: one that was closed may still have levels. */
const LEVELS_AT_LEAST = 20;
/** In one page, so that it comes within the time of a call. */
const LEVELS_PER_PAGE = 5_000;

const Level = z.object({
  location: z.object({ id: z.string() }),
  quantities: z.array(z.object({ name: z.string(), quantity: z.int() })),
});
type Level = z.infer<typeof Level>;
const Levels = z.object({ nodes: z.array(Level), pageInfo: PageInfo });

const Variant = z.object({
  id: z.string(),
  sku: z.string().nullable(),
  barcode: z.string().nullable(),
  displayName: z.string(),
  requiresComponents: z.boolean(),
  product: z.object({ id: z.string() }),
  inventoryItem: z.object({ id: z.string(), tracked: z.boolean(), inventoryLevels: Levels }),
});
type Variant = z.infer<typeof Variant>;
const Variants = z.object({
  productVariantsCount: z.object({ count: z.int() }).nullable(),
  productVariants: z.object({ nodes: z.array(Variant), pageInfo: PageInfo }),
});
const MoreLevels = z.object({ inventoryItem: z.object({ inventoryLevels: Levels }).nullable() });

const levelFields = `nodes { location { id } quantities(names: ["available"]) { name quantity } }
  pageInfo { hasNextPage endCursor }`;

const listVariants: Operation<z.infer<typeof Variants>> = {
  document: `query Variants($first: Int!, $after: String, $levels: Int!) {
    productVariantsCount(limit: null) { count }
    productVariants(first: $first, after: $after, sortKey: ID) {
      nodes {
        id sku barcode displayName requiresComponents product { id }
        inventoryItem { id tracked inventoryLevels(first: $levels) { ${levelFields} } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  cost: 200,
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
 * One listing for each variant and active location that stocks it; where further locations may be activated, for each
 * variant and active location. The cursor is Shopify's own, sorted by id, so variants made meanwhile come last. SKUs are
 * taken as they are: empty and repeated ones exist.
 */
export async function importListings(
  client: ShopifyClient,
  { cursor, mayActivate }: { readonly cursor: string | null; readonly mayActivate: boolean },
  call: CallContext,
): Promise<ImportPage> {
  const active = await locations(client, call);
  // All of a variant's levels at once: one more call for each variant of a page would outlast it.
  const levels = Math.min(Math.max(active.length, LEVELS_AT_LEAST), LEVELS_AT_MOST);
  const sizes = VARIANTS_PER_PAGE.filter((size) => size * levels <= LEVELS_PER_PAGE);
  const { productVariants, productVariantsCount } = await withinCost(sizes, (first) =>
    client.run(listVariants, { first, after: cursor, levels }, call),
  );
  const listings: ImportedListing[] = [];
  for (const variant of productVariants.nodes) {
    const shown = await shownAt(client, variant, call);
    const where = mayActivate ? active : active.filter((location) => shown.has(location.externalLocationId));
    listings.push(...where.map((location) => listingOf(variant, location, shown)));
  }
  const { pageInfo } = productVariants;
  // With several locations not every variant is at each: how many listings that makes is known at the end only.
  const isCountable = mayActivate || active.length === 1;
  return {
    listings,
    total: productVariantsCount && isCountable ? productVariantsCount.count * active.length : null,
    next: pageInfo.hasNextPage ? pageInfo.endCursor : null,
  };
}

/**
 * Units available by location. Few items have more levels than come with the variant, so the rest is asked for only
 * when there is one.
 */
async function shownAt(
  client: ShopifyClient,
  { inventoryItem: { id, inventoryLevels } }: Variant,
  call: CallContext,
): Promise<ReadonlyMap<string, number | undefined>> {
  const levels = await allNodes<Level>(inventoryLevels, async (after) => {
    const { inventoryItem } = await client.run(listLevels, { id, after }, call);
    // Null: deleted since the page was read.
    return inventoryItem?.inventoryLevels ?? { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };
  });
  const available = ({ quantities }: Level) => quantities.find(({ name }) => name === "available")?.quantity;
  return new Map(levels.map((level) => [level.location.id, available(level)]));
}

function listingOf(
  variant: Variant,
  { externalLocationId }: ExternalLocation,
  shown: ReadonlyMap<string, number | undefined>,
): ImportedListing {
  const { id, sku, barcode, displayName, product, inventoryItem } = variant;
  const available = shown.has(externalLocationId) ? (shown.get(externalLocationId) ?? null) : 0;
  return {
    sku: sku ?? "",
    externalId: inventoryItem.id,
    externalLocationId,
    external: { productId: product.id, variantId: id },
    lineRef: digitsOf(id),
    // What Shopify calls the only variant of a product without options.
    title: displayName.replace(/ - Default Title$/, ""),
    barcode: barcode?.trim() || null,
    available: inventoryItem.tracked ? available : null,
    unsupported: whyUnsupported(variant),
  };
}

function whyUnsupported({ requiresComponents, inventoryItem }: Variant): string | null {
  if (requiresComponents) {
    return "This is a bundle: Shopify works its quantity out from its components. List those, and push them instead.";
  }
  return inventoryItem.tracked
    ? null
    : 'Shopify does not track this item: turn on "Track quantity" for it, then import again.';
}
