/** 1: sold out (target 0), 2: a decrease, 3: an increase, or what is shown is unknown. */
export type PushPriority = 1 | 2 | 3;

/** A listing that does not show what it must. */
export interface ChangedListing {
  readonly listingId: string;
  readonly channelId: string;
  /** What it must show: the desired quantity less what was sold there unseen. */
  readonly target: number;
  /** What it is believed to show; null: unknown. */
  readonly shown: number | null;
  readonly priority: PushPriority;
  /** Which of its channel's limits its push spends; empty: the channel has one for all. */
  readonly bucket: string;
}

/** From `sync_state s`. */
export const TARGET = "greatest(s.desired_quantity - s.unseen_units, 0)";

/** From `sync_state s`. */
export const PRIORITY = `case when ${TARGET} = 0 then 1 when ${TARGET} < s.shown_quantity then 2 else 3 end`;

const IS_WAITING = `s.shown_quantity is distinct from ${TARGET} and s.error_code is null and s.push_lease is null
  and s.can_be_pushed`;

/**
 * Whether `sync_state s` is behind, nobody is pushing it and nothing is known to hold it: the condition of the index
 * `sync_state_behind`.
 */
export const IS_BEHIND = `${IS_WAITING} and s.held_until is null`;

/** The same of one that waits for a limit or its revision budget: the condition of the index `sync_state_held`. */
export const IS_HELD = `${IS_WAITING} and s.held_until is not null`;

/**
 * Why what the channel says of a listing keeps it from showing what it must: it refused the listing for good, and waits for
 * the merchant; or it takes no more revisions of it for now, which passes by itself.
 */
export type ListingErrorReason = "refused" | "revisions_spent";

/** Null: the channel says nothing. From `sync_state s`. */
export const ERROR_REASON = `case when s.error_code is not null then 'refused'
  when s.error_message is not null then 'revisions_spent' end`;

/** The columns of a `ChangedListing` from `sync_state s`. */
export const CHANGED_LISTING = `s.listing_id as "listingId", s.channel_id as "channelId", ${TARGET} as target,
  s.shown_quantity as shown, ${PRIORITY} as priority, s.push_bucket as bucket`;
