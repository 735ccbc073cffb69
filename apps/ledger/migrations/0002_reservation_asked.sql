-- Why:  what a reservation was asked for, so that a repeat with another body can be told from a repeat.
-- Lock: reservation is locked while its rows are filled in.
-- Undo: drop the column.

-- {ttl_ms, order_id, source} of the request; null: made by an event.
alter table reservation add column asked jsonb;
update reservation r
set asked = jsonb_build_object(
  'ttl_ms', (extract(epoch from e.expires_at - e.occurred_at) * 1000)::bigint, 'order_id', e.order_id, 'source', e.source)
from event e
where e.merchant_id = r.merchant_id and e.event_id = 'reservation:' || r.reservation_id || ':line:1:reserve'
  and e.expires_at is not null;
