import type { Queryable } from "../database.ts";

/** How a channel's order line names what was sold. */
export interface OrderItem {
  /** The channel's ids that may name the listing, most specific first. */
  readonly refs: readonly string[];
  /** The SKU printed on the order line. */
  readonly sku: string | null;
}

/**
 * Finds the SKU of each order line: by the first of its refs that names a listing of the channel, then by the SKU that is
 * printed on it, if the channel has a listing of it. Null when nothing fits, or when a ref names listings of different SKUs: never a guess.
 */
export async function resolveOrderItems(
  db: Queryable,
  channelId: string,
  items: readonly OrderItem[],
): Promise<(string | null)[]> {
  const refs = items.flatMap((item) => item.refs);
  const printed = items.flatMap((item) => item.sku ?? []);
  const { rows } = await db.query<{ sku: string; lineRef: string; channelSku: string }>(
    `select distinct sku, line_ref as "lineRef", channel_sku as "channelSku" from listing
     where channel_id = $1 and sku <> '' and (line_ref = any($2) or channel_sku = any($3))`,
    [channelId, refs, printed],
  );
  const byRef = Map.groupBy(rows, (row) => row.lineRef);
  const byChannelSku = Map.groupBy(rows, (row) => row.channelSku);
  return items.map((item) => {
    const named = item.refs.map((ref) => byRef.get(ref)).find((found) => found !== undefined);
    const printed = item.sku === null ? undefined : byChannelSku.get(item.sku);
    const skus = new Set((named ?? printed ?? []).map((row) => row.sku));
    const [sku = null] = skus;
    return skus.size === 1 ? sku : null;
  });
}
