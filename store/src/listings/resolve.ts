import type { Queryable } from "../database.ts";

/** How a channel's order line names what was sold. */
export interface OrderItem {
  /** The channel's ids that may name the listing, most specific first. */
  readonly refs: readonly string[];
  /** The SKU printed on the order line. */
  readonly sku: string | null;
}

/**
 * Finds the SKU of each order line: by the first of its refs that names a listing of the channel, then by its SKU if the
 * channel has a listing of it. Null when nothing fits, or when a ref names listings of different SKUs: never a guess.
 */
export async function resolveOrderItems(
  db: Queryable,
  channelId: string,
  items: readonly OrderItem[],
): Promise<(string | null)[]> {
  const refs = items.flatMap((item) => item.refs);
  const skus = items.flatMap((item) => item.sku ?? []);
  const { rows } = await db.query<{ sku: string; lineRef: string }>(
    `select distinct sku, line_ref as "lineRef" from listing
     where channel_id = $1 and sku <> '' and (line_ref = any($2) or sku = any($3))`,
    [channelId, refs, skus],
  );
  const skusByRef = Map.groupBy(rows, (row) => row.lineRef);
  const known = new Set(rows.map((row) => row.sku));
  return items.map((item) => {
    const named = item.refs.map((ref) => skusByRef.get(ref)).find((found) => found !== undefined);
    if (named) return named.length === 1 ? (named[0]?.sku ?? null) : null;
    return item.sku !== null && known.has(item.sku) ? item.sku : null;
  });
}
