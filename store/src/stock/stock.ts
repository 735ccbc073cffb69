import type { Queryable } from "../database.ts";

/** The ledger's balance of a SKU at a location, as the hub has followed it. */
export interface StockRow {
  readonly sku: string;
  readonly locationId: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
  readonly position: number;
}

/**
 * A page of a merchant's stock, by SKU and location; all rows of a SKU are on one page.
 *
 * @param options.afterSku where to go on: the last SKU of the page before.
 * @param options.limit SKUs.
 */
export async function listStock(
  db: Queryable,
  merchantId: string,
  options: { readonly search?: string; readonly afterSku?: string; readonly limit: number },
): Promise<StockRow[]> {
  const { rows } = await db.query<StockRow>(
    `with page as (
       select distinct sku from stock_view
       where merchant_id = $1 and ($2::text is null or sku > $2) and ($3::text is null or strpos(lower(sku), lower($3)) > 0)
       order by sku limit $4
     )
     select sku, location_id as "locationId", on_hand as "onHand", reserved, on_hand - reserved as available, position
     from stock_view join page using (sku) where merchant_id = $1 order by sku, location_id`,
    [merchantId, options.afterSku ?? null, options.search ?? null, options.limit],
  );
  return rows;
}

/** A sale the ledger had to record although the units were not there. */
export interface OversellCase {
  readonly position: number;
  readonly merchantId: string;
  readonly sku: string;
  readonly locationId: string;
  readonly eventId: string;
  readonly orderId: string | null;
  readonly source: string;
  readonly quantity: number;
  /** Units short after this sale. */
  readonly short: number;
  /** The sale on the channel; when the ledger recorded it; when the hub saw it. */
  readonly soldAt: Date;
  readonly recordedAt: Date;
  readonly seenAt: Date;
  readonly resolvedAt: Date | null;
}

/**
 * The newest cases first.
 *
 * @param merchantId null: of all merchants.
 */
export async function listOversellCases(
  db: Queryable,
  merchantId: string | null,
  options: { readonly onlyOpen: boolean; readonly limit: number },
): Promise<OversellCase[]> {
  const { rows } = await db.query<OversellCase>(
    `select position, merchant_id as "merchantId", sku, location_id as "locationId", event_id as "eventId", order_id as "orderId", source, quantity,
       short, sold_at as "soldAt", recorded_at as "recordedAt", seen_at as "seenAt", resolved_at as "resolvedAt"
     from oversell_case where ($1::text is null or merchant_id = $1) and (not $2 or resolved_at is null) order by position desc limit $3`,
    [merchantId, options.onlyOpen, options.limit],
  );
  return rows;
}

/** The merchant has dealt with it (found a unit, told the buyer). @returns whether there is such a case. */
export async function resolveOversellCase(db: Queryable, merchantId: string, position: number): Promise<boolean> {
  const { rowCount } = await db.query(
    "update oversell_case set resolved_at = coalesce(resolved_at, now()) where merchant_id = $1 and position = $2",
    [merchantId, position],
  );
  return rowCount === 1;
}
