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
}

/** From `sync_state s`. */
export const TARGET = "greatest(s.desired_quantity - s.unseen_units, 0)";

/** From `sync_state s`. */
export const PRIORITY = `case when ${TARGET} = 0 then 1 when ${TARGET} < s.shown_quantity then 2 else 3 end`;

/** The columns of a `ChangedListing` from `sync_state s`. */
export const CHANGED_LISTING = `s.listing_id as "listingId", s.channel_id as "channelId", ${TARGET} as target,
  s.shown_quantity as shown, ${PRIORITY} as priority`;
