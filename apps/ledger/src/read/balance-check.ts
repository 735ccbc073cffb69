import type pg from "pg";
import { pagesOf } from "./cursor.ts";
import type { BalanceMismatch } from "./mismatch.ts";

/**
 * Every place (a SKU at a location) of a merchant, or of all ($1 is null), whose events and balance row do not agree:
 * what the events add up to, the first and the last balance they note, and the row. PostgreSQL adds up, sorting on disk
 * where it must; only what is wrong leaves it.
 */
export const wrongPlaces = `
  with side as (
    select merchant_id, sku, location_id, position, on_hand_change, reserved_change, on_hand, reserved
    from event where $1::text is null or merchant_id = $1
    union all
    select merchant_id, sku, to_location_id, position, -on_hand_change, 0, to_on_hand, to_reserved
    from event where to_location_id is not null and ($1::text is null or merchant_id = $1)
  ), replayed as (
    select side.*, (sum(on_hand_change) over w)::bigint as expected_on_hand,
      (sum(reserved_change) over w)::bigint as expected_reserved
    from side window w as (partition by merchant_id, sku, location_id order by position)
  ), place as (
    select merchant_id, sku, location_id,
      max(array[position, expected_on_hand, expected_reserved, on_hand, reserved]) as last,
      min(array[position, expected_on_hand, expected_reserved, on_hand, reserved]) filter (
        where (on_hand, reserved) is distinct from (expected_on_hand, expected_reserved)) as wrong
    from replayed group by merchant_id, sku, location_id
  )
  select merchant_id, sku, location_id,
    place.last[1] as last_position, coalesce(place.last[2], 0) as on_hand, coalesce(place.last[3], 0) as reserved,
    place.last[4] as noted_on_hand, place.last[5] as noted_reserved,
    place.wrong[1] as wrong_position, place.wrong[2] as wrong_expected_on_hand, place.wrong[3] as wrong_expected_reserved,
    place.wrong[4] as wrong_on_hand, place.wrong[5] as wrong_reserved,
    b.on_hand as row_on_hand, b.reserved as row_reserved, b.position as row_position
  from place
  full join (select * from balance where $1::text is null or merchant_id = $1) b using (merchant_id, sku, location_id)
  where place.wrong is not null
    or (b.on_hand, b.reserved) is distinct from (coalesce(place.last[2], 0), coalesce(place.last[3], 0))`;

interface WrongPlace {
  merchant_id: string;
  sku: string;
  location_id: string;
  last_position: number | null;
  on_hand: number;
  reserved: number;
  wrong_position: number | null;
  wrong_expected_on_hand: number;
  wrong_expected_reserved: number;
  wrong_on_hand: number;
  wrong_reserved: number;
  row_on_hand: number | null;
  row_reserved: number | null;
  row_position: number | null;
}

/** Adds up the events of every place and compares: with the balance each event notes, and with the balance row. */
export async function* checkBalances(
  client: pg.ClientBase,
  merchantId: string | null,
): AsyncGenerator<readonly BalanceMismatch[]> {
  const query = { text: `${wrongPlaces} order by merchant_id, sku, location_id`, values: [merchantId] };
  for await (const rows of pagesOf<WrongPlace>(client, query)) yield rows.flatMap(mismatchesOf);
}

function mismatchesOf(row: WrongPlace): BalanceMismatch[] {
  const place = { merchantId: row.merchant_id, sku: row.sku, locationId: row.location_id };
  const mismatches: BalanceMismatch[] = [];
  if (row.wrong_position !== null) {
    mismatches.push({
      kind: "event",
      ...place,
      expected: { onHand: row.wrong_expected_on_hand, reserved: row.wrong_expected_reserved },
      actual: { onHand: row.wrong_on_hand, reserved: row.wrong_reserved },
      position: row.wrong_position,
    });
  }
  if (row.row_on_hand !== row.on_hand || row.row_reserved !== row.reserved) {
    mismatches.push({
      kind: "balance",
      ...place,
      expected: { onHand: row.on_hand, reserved: row.reserved },
      actual:
        row.row_on_hand === null || row.row_reserved === null
          ? null
          : { onHand: row.row_on_hand, reserved: row.row_reserved },
      position: row.wrong_position ?? row.last_position ?? row.row_position ?? 0,
    });
  }
  return mismatches;
}
