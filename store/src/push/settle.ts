import type { Queryable } from "../database.ts";
import { REVISION_KEY, SPEND_REVISIONS } from "./revisions.ts";

/**
 * The code of a `retry` by which a channel's adapter says that a listing's revisions are spent (eBay: 250 a day). The same
 * as in adapters/ebay/src/revision-limit.ts.
 */
export const REVISIONS_SPENT = "revision_limit";

/** What became of one claimed push. */
export type PushOutcome =
  /** The channel took the quantity. */
  | { readonly status: "accepted" }
  /** Nothing was written: the channel shows `actual`, not what was expected (null: it could not be read). Also what a read before a raise found. */
  | { readonly status: "stale"; readonly actual: number | null }
  /** Wrong for good, in the channel's own words; nothing was written. */
  | { readonly status: "rejected"; readonly code: string; readonly message: string }
  /** The channel failed on this listing, or its revisions are spent; whether it wrote is unknown. */
  | { readonly status: "retry"; readonly code: string; readonly message: string }
  /** The answer was lost: whether it was written is unknown. */
  | { readonly status: "failed"; readonly message: string };

export interface PushResult {
  readonly listingId: string;
  /** Of the claim, as are `quantity`, `position` and `recordedAt`. */
  readonly lease: string;
  readonly quantity: number;
  readonly position: number;
  readonly recordedAt: Date;
  /** When the call began; when its answer was in. */
  readonly requestedAt: Date;
  readonly answeredAt: Date;
  readonly outcome: PushOutcome;
}

/**
 * Records what became of pushes and moves what the listings are believed to show.
 *
 * - Accepted: the listing shows the quantity, less what the channel sold (and the ledger heard of) since the claim.
 * - Stale: it shows `actual`; what is missing from what was expected was sold there and is unseen until its order is heard.
 * - Rejected: the listing carries the channel's words until a push is accepted or an operator clears them.
 * - Retry, failed: what it shows is unknown, and the next push is a full one.
 * - Retry because its revisions are spent: its budget is empty, which holds the next push back, and it carries the channel's
 *   words until a push is accepted. Refused before, it is no more: nobody knows what the channel would say of it now.
 * - A claim that ran out and was taken over settles nothing; unless the other call began after this one had ended, what it
 *   shows is unknown.
 *
 * Settling twice changes nothing more than a second record.
 */
export async function settlePushes(db: Queryable, results: readonly PushResult[]): Promise<void> {
  if (results.length === 0) return;
  await db.query(SETTLE, [JSON.stringify(results.map(rowOf))]);
  const spent = results.filter(({ outcome }) => outcome.status === "retry" && outcome.code === REVISIONS_SPENT);
  if (spent.length > 0) await db.query(EMPTY_BUDGETS, [spent.map(({ listingId }) => listingId)]);
}

/** The channel counted more revisions than we did. */
const EMPTY_BUDGETS = `
insert into revision_budget (channel_id, revision_key, tokens, counted_at)
select distinct channel_id, ${REVISION_KEY}, 0, clock_timestamp()
from listing l join channel c using (channel_id)
where l.listing_id = any($1::uuid[]) and c.revisions_per_day is not null
order by 1, 2
on conflict (channel_id, revision_key) do update set tokens = 0, counted_at = excluded.counted_at`;

/** Gives claims back for which nothing was sent (throttled, shutting down). */
export async function releasePushes(
  db: Queryable,
  claims: readonly { readonly listingId: string; readonly lease: string }[],
): Promise<void> {
  if (claims.length === 0) return;
  await db.query(RELEASE, [JSON.stringify(claims.map(({ listingId, lease }) => ({ listing_id: listingId, lease })))]);
}

function rowOf({ outcome, ...result }: PushResult) {
  return {
    listing_id: result.listingId,
    lease: result.lease,
    quantity: result.quantity,
    position: result.position,
    recorded_at: result.recordedAt,
    requested_at: result.requestedAt,
    answered_at: result.answeredAt,
    status: outcome.status,
    actual: outcome.status === "stale" ? outcome.actual : null,
    code: "code" in outcome ? outcome.code : null,
    message: "message" in outcome ? outcome.message : null,
  };
}

/** When what a channel accepted, or may have, can be read back; a doubt that came under way stays. From `settled r`. */
const CONFIRM_AT = `case when r.applies_within_ms > 0
    then clock_timestamp() + make_interval(secs => r.applies_within_ms / 1000.0) else s.confirm_at end`;

/**
 * `shown`, what is believed shown now, differs from `push_expected` by the channel's own sales heard since the claim.
 * A write that could not compare (`is_blind`) may have overwritten sales that happened before it: `blind_at` keeps its
 * time, and a sale from before then is not taken off what is shown when it is heard.
 */
const SETTLE = `
with result as (
  select * from jsonb_to_recordset($1) as r(listing_id uuid, lease uuid, quantity integer, position bigint,
    recorded_at timestamptz, requested_at timestamptz, answered_at timestamptz, status text, actual integer, code text, message text)
), locked as materialized (
  select s.*, c.compares_and_sets, c.applies_within_ms from sync_state s join channel c using (channel_id)
  where s.listing_id in (select listing_id from result)
  order by s.listing_id for update of s
), settled as (
  select r.*, s.channel_id, s.push_lease, s.applies_within_ms, s.push_expected as expected, s.shown_quantity as shown,
    s.push_lease is not distinct from r.lease as is_held,
    -- Unknown after all: something disturbed the push, or what was shown became unknown under way.
    s.push_disturbed or (s.shown_quantity is null and s.push_expected is not null) as is_disturbed,
    s.push_expected is null or (r.status = 'accepted' and not s.compares_and_sets) as is_blind,
    r.status in ('accepted', 'retry', 'failed') as may_have_written
  from result r join locked s using (listing_id)
), recorded as (
  insert into push (channel_id, listing_id, lease, quantity, position, recorded_at, requested_at, answered_at, outcome, detail)
  select channel_id, listing_id, lease, quantity, position, recorded_at, requested_at, answered_at, status,
    nullif(concat_ws(': ', code, message, 'shows ' || actual), '')
  from settled
), spent as (${SPEND_REVISIONS}
), overtaken as (
  update sync_state s set
    push_disturbed = s.push_lease is not null,
    confirm_at = ${CONFIRM_AT},
    shown_quantity = case when s.push_lease is null then null else s.shown_quantity end
  from settled r
  where s.listing_id = r.listing_id and not r.is_held and r.may_have_written and not exists (
    select from push p
    where p.listing_id = r.listing_id
      -- Settled before; or what was pushed or read later tells what is shown.
      and (p.lease = r.lease or (p.requested_at > r.answered_at and r.push_lease is null))
  )
)
update sync_state s set
  push_lease = null,
  push_leased_until = null,
  push_expected = null,
  push_disturbed = false,
  -- A read meanwhile does not see what may come: it takes no reading back away.
  confirm_at = case when r.may_have_written then ${CONFIRM_AT} when r.status = 'stale' then s.confirm_at end,
  shown_quantity = case
    when r.status = 'rejected' then r.shown
    when r.status in ('retry', 'failed') or r.is_disturbed then null
    -- Sales heard under way may have happened before or after the channel was read.
    when r.status = 'stale' and r.shown < r.expected and r.actual is not null
      then case when r.actual <= r.expected then least(r.actual, r.shown) end
    when r.status = 'stale' then r.actual
    when r.expected is null then r.quantity
    else greatest(r.quantity - (r.expected - r.shown), 0)
  end,
  shown_position = case when r.status = 'accepted' then greatest(s.shown_position, r.position) else s.shown_position end,
  shown_at = case when r.status in ('accepted', 'stale') then r.answered_at else s.shown_at end,
  unseen_units = case when r.status = 'stale' and not r.is_disturbed
    then s.unseen_units + greatest(coalesce(r.shown - r.actual, 0), 0) else s.unseen_units end,
  unseen_since = case when r.status = 'stale' and not r.is_disturbed and r.shown > r.actual
    then r.answered_at else s.unseen_since end,
  blind_at = case when r.status in ('accepted', 'stale') and r.is_blind then r.answered_at else s.blind_at end,
  error_code = case when r.status = 'accepted' or r.code = '${REVISIONS_SPENT}' then null
    when r.status = 'rejected' then r.code else s.error_code end,
  error_message = case when r.status = 'accepted' then null
    when r.status = 'rejected' or r.code = '${REVISIONS_SPENT}' then r.message else s.error_message end
from settled r
where s.listing_id = r.listing_id and r.is_held`;

const RELEASE = `
with claim as (select * from jsonb_to_recordset($1) as r(listing_id uuid, lease uuid)),
locked as materialized (
  select s.listing_id from sync_state s join claim using (listing_id)
  where s.push_lease = claim.lease order by s.listing_id for update of s
)
update sync_state s set push_lease = null, push_leased_until = null, push_expected = null,
  -- A push that was overtaken or disturbed under way left what is shown unknown, also when this one never began.
  shown_quantity = case when s.push_disturbed then null else s.shown_quantity end, push_disturbed = false
from locked where s.listing_id = locked.listing_id`;
