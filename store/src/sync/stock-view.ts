import { EVENTS } from "./ledger-event.ts";

/** Brings the stock view to the newest balance of each place the events touched, and opens the oversell cases. */
export const STOCK_STATEMENT = `
with ${EVENTS}, side as (
  select position, merchant_id, sku, location_id, on_hand, reserved, recorded_at from event
  union all
  select position, merchant_id, sku, to_location_id, to_on_hand, to_reserved, recorded_at from event
  where to_location_id is not null
), newest as (
  select distinct on (merchant_id, sku, location_id) * from side
  order by merchant_id, sku, location_id, position desc
), stored as (
  insert into stock_view (merchant_id, sku, location_id, on_hand, reserved, position, recorded_at)
  select merchant_id, sku, location_id, on_hand, reserved, position, recorded_at from newest
  on conflict (merchant_id, sku, location_id) do update set on_hand = excluded.on_hand, reserved = excluded.reserved,
    position = excluded.position, recorded_at = excluded.recorded_at
)
insert into oversell_case (position, merchant_id, sku, location_id, event_id, order_id, source, quantity, short, sold_at, recorded_at)
select position, merchant_id, sku, location_id, event_id, order_id, source, -quantity_change, -available, "timestamp", recorded_at
from event where event_type = 'inventory.sale' and available < 0
on conflict (position) do nothing`;
