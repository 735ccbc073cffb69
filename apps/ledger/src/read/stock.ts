import type pg from "pg";
import type { Balance } from "../domain/types.ts";

export interface LocationStock {
  readonly locationId: string;
  readonly balance: Balance;
}

export interface SkuStock {
  readonly sku: string;
  readonly locations: readonly LocationStock[];
}

interface Row {
  as_of: number;
  sku: string | null;
  location_id: string | null;
  on_hand: number | null;
  reserved: number | null;
}

/** Balances and the position they are as of, read in one snapshot. A SKU nobody moved has no locations. */
export async function readStock(
  pool: pg.Pool,
  merchantId: string,
  skus: readonly string[],
): Promise<{ readonly asOf: number; readonly stock: readonly SkuStock[] }> {
  const found = await pool.query<Row>({
    name: "read-stock",
    text: `select head.position as as_of, b.sku, b.location_id, b.on_hand, b.reserved
      from log_head head
      left join balance b on b.merchant_id = $1 and b.sku = any ($2::text[])
      order by b.sku, b.location_id`,
    values: [merchantId, skus],
  });
  const bySku = new Map<string, LocationStock[]>(skus.map((sku) => [sku, []]));
  for (const { sku, location_id, on_hand, reserved } of found.rows) {
    if (sku === null || location_id === null || on_hand === null || reserved === null) continue;
    bySku.get(sku)?.push({ locationId: location_id, balance: { onHand: on_hand, reserved } });
  }
  return {
    asOf: found.rows[0]?.as_of ?? 0,
    stock: [...bySku].map(([sku, locations]) => ({ sku, locations })),
  };
}
