/** Up to so many units a listing is nearly empty: what it shows must not wait. */
export const NEARLY_EMPTY_UNITS = 5;

const CAPACITY = "(c.revisions_per_day / 2.0)";
const PER_SECOND = "(c.revisions_per_day / 172800.0)";

/** From `listing l`. */
export const REVISION_KEY = "coalesce(l.revision_key, l.listing_id::text)";

/** The bucket now. From `channel c` and `revision_budget b`, which may be missing: a full one. */
export const REVISIONS_LEFT = `least(${CAPACITY}, coalesce(
  b.tokens + extract(epoch from clock_timestamp() - b.counted_at) * ${PER_SECOND}, ${CAPACITY}))`;

/**
 * Until when a listing must wait for its channel's revision budget; null: it may go. Far from empty, changes are
 * gathered once a part of the budget is gone; nearly empty, they go at once; the last revisions are kept for "sold out".
 *
 * @param target SQL of what the listing must show.
 */
export function heldUntil(target: string): string {
  const needed = `case when ${target} = 0 then 1
    when ${target} <= ${NEARLY_EMPTY_UNITS} then greatest(${CAPACITY} * 0.08, 1) else greatest(${CAPACITY} * 0.32, 1) end`;
  const missing = `${needed} - ${REVISIONS_LEFT}`;
  return `case when c.revisions_per_day is not null and ${missing} > 0
    then clock_timestamp() + make_interval(secs => ceil((${missing}) / ${PER_SECOND})) end`;
}

/** Joins the bucket of `listing l` as `b`. */
export const JOIN_BUDGET = `left join revision_budget b on b.channel_id = l.channel_id and b.revision_key = ${REVISION_KEY}`;

/**
 * Takes one revision for each push of `settled(channel_id, listing_id, may_have_written)`. One statement's worth of
 * keys in one order, so that two that settle never wait for each other in a ring.
 */
export const SPEND_REVISIONS = `
  insert into revision_budget as b (channel_id, revision_key, tokens, counted_at)
  select c.channel_id, ${REVISION_KEY}, ${CAPACITY} - count(*), clock_timestamp()
  from settled r join listing l using (listing_id) join channel c on c.channel_id = l.channel_id
  where r.may_have_written and c.revisions_per_day is not null
  group by c.channel_id, c.revisions_per_day, ${REVISION_KEY}
  order by c.channel_id, ${REVISION_KEY}
  on conflict (channel_id, revision_key) do update set counted_at = excluded.counted_at,
    -- What is inserted is a full bucket less what is spent: the same is spent of what is left.
    tokens = (select ${REVISIONS_LEFT} - (${CAPACITY} - excluded.tokens) from channel c where c.channel_id = b.channel_id)`;
