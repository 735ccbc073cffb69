import { EVENTS, listingsOf } from "./ledger-event.ts";

/** How far a channel's clock may run ahead of ours before a sale is taken for later than it was. */
const CLOCK_MARGIN = "interval '2 seconds'";
/** A channel that applies later what it accepted may overwrite a sale that comes between the two. */
const OVERWRITE_MARGIN = `greatest(${CLOCK_MARGIN}, make_interval(secs => applies_within_ms / 1000.0))`;

/** What is shown after a `change`; SQL. */
function shownAfter(shown: string, unseen: string): string {
  return `case when not is_unknown and ${shown} is not null
    then greatest(${shown} - greatest(sold - ${unseen}, 0) + restocked, 0) end`;
}

/**
 * Takes off what a channel itself changed: it has lowered its own number by a sale before the ledger hears of it, and
 * perhaps put back what was cancelled. An event is a channel's own when its id begins with the channel's key.
 *
 * - Units sold there: first those found missing before (unseen), the rest off what is shown. A sale that consumes its
 *   own reservation changes `available` by nothing, and was counted when it was reserved.
 * - Units of a cancelled order: back onto what is shown, where the platform restocks by itself.
 * - What is shown becomes unknown (the next push is a full one) when a write of ours may have overwritten the change,
 *   when the platform's own doing is not known, or when several listings of the channel share the SKU.
 * - Where several share it, an event does not tell which of them sold, and what is missing on one may yet be unheard. Their
 *   unseen units stay until a complete poll of the orders lets go of them (`forgetUnseen`): until then, for minutes, a
 *   listing may offer too little.
 *
 * A listing whose SKU is heard of only now shows what its import said, and is told alike before it is taken from there.
 *
 * Locks every listing the events touch, in the order everybody locks them.
 */
export const OWN_SALES_STATEMENT = `
with ${EVENTS}, touched as (
  select distinct l.listing_id from event e cross join lateral ${listingsOf("e")} l
), locked as materialized (
  select s.* from sync_state s where s.listing_id in (select listing_id from touched)
  order by s.listing_id for update of s
), unheard as materialized (
  select u.listing_id, u.shown_quantity, u.shown_at from unheard_listing u
  where u.listing_id = any(array(select listing_id from touched)) and u.shown_quantity is not null
), known as (
  select listing_id, unseen_units, blind_at, shown_at from locked
  union all
  select listing_id, 0, shown_at, shown_at from unheard
), own as (
  select s.listing_id, s.unseen_units, c.compares_and_sets, c.restocks_cancelled, c.applies_within_ms, e."timestamp" as happened_at,
    e.event_type in ('inventory.sale', 'inventory.reserve') as is_sale,
    e.reserved_change - e.on_hand_change as units,
    s.blind_at, s.shown_at,
    exists (
      select from ${listingsOf("e")} twin where twin.channel_id = l.channel_id and twin.listing_id <> l.listing_id
    ) as is_shared
  from event e
  join channel c on c.merchant_id = e.merchant_id and starts_with(e.event_id, c.channel_key || ':')
  join lateral ${listingsOf("e")} l on l.channel_id = c.channel_id
  join known s on s.listing_id = l.listing_id
  where e.reserved_change <> e.on_hand_change
    and (e.event_type in ('inventory.sale', 'inventory.reserve', 'inventory.release') or e.reason = 'order_cancelled')
), change as (
  select listing_id,
    coalesce(sum(units) filter (where is_sale), 0) as sold,
    coalesce(sum(-units) filter (where not is_sale), 0) as restocked,
    bool_or(is_shared) as is_shared,
    bool_or(is_shared
      or (is_sale and happened_at <= blind_at + ${OVERWRITE_MARGIN})
      or (not is_sale and (not restocks_cancelled or happened_at <= shown_at + ${CLOCK_MARGIN}))) as is_unknown,
    bool_or(not compares_and_sets or not is_sale) as disturbs
  from own group by listing_id
), told_of_unheard as (
  update unheard_listing u set shown_quantity = ${shownAfter("u.shown_quantity", "0")}
  from change where u.listing_id = change.listing_id
)
update sync_state s set
  unseen_units = case when is_shared then s.unseen_units else greatest(s.unseen_units - sold, 0) end,
  shown_quantity = ${shownAfter("s.shown_quantity", "s.unseen_units")},
  push_disturbed = s.push_lease is not null and (s.push_disturbed or is_unknown or disturbs or s.shown_quantity is null)
from change where s.listing_id = change.listing_id`;
