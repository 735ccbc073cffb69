import { CHANGED_LISTING, TARGET } from "./changed-listing.ts";

/**
 * Works out what listings must show and why; the one place of the formula.
 *
 * quantity = clamp(floor((available − safety stock) × share), minimum, cap), where `available` is the sum over the
 * locations that feed the listing; 0 when the listing is paused or nothing is available.
 *
 * - `minimum` reaches into safety stock and into other channels' shares, but never offers more than there is: a
 *   minimum of 2 with one unit left shows 1, and with none left 0. Otherwise it would sell what does not exist.
 * - `cap` wins over `minimum`.
 * - A location below zero owes units that another must make good, so it lowers the sum.
 * - A SKU the ledger has never heard of is left out: to show 0 there would empty a shop that was only just connected.
 *
 * A common table expression `desired`, from one `touched(listing_id, position, recorded_at)`.
 */
const DESIRED = `
terms as (
  select t.listing_id, t.position, t.recorded_at, l.channel_id, l.paused, stock.available, stock.locations,
    coalesce(l.safety_stock, c.safety_stock) as safety_stock, coalesce(l.share, c.share) as share,
    coalesce(l.minimum, c.minimum) as minimum, coalesce(l.cap, c.cap) as cap
  from touched t join listing l using (listing_id) join channel c using (channel_id)
  cross join lateral (
    select coalesce(sum(v.on_hand - v.reserved), 0)::bigint as available,
      coalesce(jsonb_object_agg(v.location_id, v.on_hand - v.reserved), '{}') as locations
    from stock_view v
    where v.merchant_id = l.merchant_id and v.sku = l.sku and v.location_id in (
      select cl.location_id from channel_location cl
      where cl.channel_id = l.channel_id
        and (l.external_location_id = '' or cl.external_location_id in ('', l.external_location_id))
      union all
      select c.default_location_id
      where not exists (select from channel_location cl where cl.channel_id = l.channel_id)
    )
  ) stock
  where exists (select from stock_view v where v.merchant_id = l.merchant_id and v.sku = l.sku)
), desired as (
  select listing_id, channel_id, position, recorded_at,
    case when paused or available <= 0 then 0
      else least(greatest(floor((available - safety_stock) * share), least(minimum, available)), cap, 2147483647)
    end::integer as quantity,
    jsonb_build_object('available', available, 'locations', locations, 'safety_stock', safety_stock, 'share', share,
      'minimum', minimum, 'cap', cap, 'paused', paused) as terms
  from terms
)`;

/**
 * Stores what the listings of `touched` must show now. Returns those that can be pushed and do not show it.
 *
 * @param touched a query of (listing_id, position, recorded_at): the listings, and the event each number is based on.
 */
export function desiredStatement(touched: string): string {
  return `with touched as (${touched}), ${DESIRED}, stored as (
  insert into sync_state as s (listing_id, channel_id, desired_quantity, desired_position, desired_at, desired_terms)
  select listing_id, channel_id, quantity, position, recorded_at, terms from desired order by listing_id
  on conflict (listing_id) do update set desired_quantity = excluded.desired_quantity,
    desired_position = excluded.desired_position, desired_at = excluded.desired_at,
    desired_terms = excluded.desired_terms
  returning s.*
)
select ${CHANGED_LISTING} from stored s join listing l using (listing_id) join channel c on c.channel_id = s.channel_id
where s.shown_quantity is distinct from ${TARGET}
  and c.status = 'active' and c.pushes_inventory and l.unsupported is null`;
}
