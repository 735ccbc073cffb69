import { CHANGED_LISTING, TARGET } from "./changed-listing.ts";
import { faded } from "./selling.ts";

/**
 * How old what an import said may be, to be believed when the ledger hears of the SKU. Until then somebody else looks after
 * the number, by hand or by the job that we replace, and we hear of no write of theirs.
 *
 * - Where the channel compares before it writes, a number that has moved is found by the first push: it is refused and the
 *   channel read, while a push that expects nothing would overwrite sales that we have not heard of. So an hour, in which
 *   who connects a channel brings in its stock. Not for ever: what is believed to show its target already is not pushed,
 *   and nobody would find that it does not.
 * - Elsewhere nothing compares, and a push that lowers is sent unread: only what is being imported in this transaction
 *   (`now()` is when it began). A push that expects nothing reads first.
 */
const BELIEVED_SINCE = "now() - case when c.compares_and_sets then interval '1 hour' else interval '0' end";

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
 * With it, for a listing whose SKU was not heard of before: what it shows, as its import said, if that can be believed.
 *
 * A common table expression `desired`, from one `touched(listing_id, position, recorded_at, sold)`.
 */
const DESIRED = `
terms as (
  select t.listing_id, t.position, t.recorded_at, t.sold, l.channel_id, l.paused, l.unsupported, l.push_bucket,
    stock.available, stock.locations,
    coalesce(l.safety_stock, c.safety_stock) as safety_stock, coalesce(l.share, c.share) as share,
    coalesce(l.minimum, c.minimum) as minimum, coalesce(l.cap, c.cap) as cap, imported.shown_quantity, imported.shown_at
  from touched t
  -- offset 0, here and below: each is looked up. For a handful too, joins read all listings and all stock there is.
  cross join lateral (select * from listing found where found.listing_id = t.listing_id offset 0) l
  join channel c on c.channel_id = l.channel_id
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
  left join lateral (
    select u.shown_quantity, u.shown_at from unheard_listing u
    where u.listing_id = t.listing_id and u.shown_quantity is not null and u.shown_at >= ${BELIEVED_SINCE} offset 0
  ) imported on true
  where exists (select from stock_view v where v.merchant_id = l.merchant_id and v.sku = l.sku offset 0)
), desired as (
  select listing_id, channel_id, position, recorded_at, sold, unsupported is null as can_be_pushed, push_bucket,
    case when paused or available <= 0 then 0
      else least(greatest(floor((available - safety_stock) * share), least(minimum, available)), cap, 2147483647)
    end::integer as quantity,
    jsonb_build_object('available', available, 'locations', locations, 'safety_stock', safety_stock, 'share', share,
      'minimum', minimum, 'cap', cap, 'paused', paused) as terms,
    shown_quantity, shown_at
  from terms
)`;

/**
 * Stores what the listings of `touched` must show now, while the checkpoint is held. Returns those that can be pushed and do
 * not show it.
 *
 * @param touched a query of (listing_id, position, recorded_at, sold): the listings, the event each number is based on,
 *   and the units of the SKU that were sold by the events since its last one.
 */
export function desiredStatement(touched: string): string {
  return `with touched as (${touched}), ${DESIRED}, stored as (
  insert into sync_state as s (listing_id, channel_id, desired_quantity, desired_position, desired_at, desired_terms,
    sold_units, can_be_pushed, push_bucket, shown_quantity, shown_at, blind_at)
  -- What we never wrote may hold sales that the ledger hears of later: \`blind_at\` says that they are in the number.
  select listing_id, channel_id, quantity, position, recorded_at, terms, sold, can_be_pushed, push_bucket,
    shown_quantity, shown_at, shown_at
  from desired order by listing_id
  on conflict (listing_id) do update set desired_quantity = excluded.desired_quantity,
    desired_position = excluded.desired_position, desired_at = excluded.desired_at,
    desired_terms = excluded.desired_terms, can_be_pushed = excluded.can_be_pushed,
    push_bucket = excluded.push_bucket, held_until = null,
    sold_units = round(s.sold_units * ${faded("s.desired_at", "excluded.desired_at")}, 2) + excluded.sold_units
  returning s.*
), heard as (
  -- An array has each looked up: those there are may be many, and those that are heard of now are hardly ever any.
  delete from unheard_listing where listing_id = any(array(select listing_id from desired))
)
select ${CHANGED_LISTING} from stored s join channel c on c.channel_id = s.channel_id
where s.shown_quantity is distinct from ${TARGET} and s.can_be_pushed and c.status = 'active' and c.pushes_inventory`;
}
