import {
  emptyDeliveries,
  forgetPushes,
  forgetUnseen,
  listChannels,
  listingsBehind,
  openDeliveries,
} from "@lastunit/store";
import type { Pool } from "pg";
import type { HubQueues } from "./parts.ts";

/** The next sweep takes the next ones. */
const LISTINGS_PER_CHANNEL = 500;
const DELIVERIES_PER_CHANNEL = 500;
/** The gateway enqueues a delivery at once; one that is older was lost on the way. */
const DELIVERY_LOST_AFTER_SECONDS = 5;
/** An order shows up in a channel's order list a little after it changed the number. */
const UNSEEN_MARGIN_SECONDS = 30;
const PUSHES_KEPT_DAYS = 7;
/** As long as pushes: a number that is asked about is explained by both. */
const BODIES_KEPT_DAYS = 7;
/** With a step every ten seconds, more than seventeen million deliveries a day. */
const BODIES_PER_STEP = 2_000;

interface Parts {
  readonly store: Pool;
  readonly queues: HubQueues;
}

/**
 * Enqueues whatever is desired and not shown: after a crash between commit and enqueue, a wiped queue, a lost answer.
 * Jobs that wait out a back-off of their own failures are left to it.
 *
 * @param followedUntil as `forgetUnseen` wants it; undefined: not known yet, and nothing is forgotten.
 */
export async function sweepPushes({ store, queues }: Parts, followedUntil: Date | undefined): Promise<void> {
  if (followedUntil) await forgetUnseen(store, { marginSeconds: UNSEEN_MARGIN_SECONDS, followedUntil });
  const behind = await listingsBehind(store, LISTINGS_PER_CHANNEL);
  if (behind.length > 0) await queues.enqueueBehind(behind);
}

/** Enqueues deliveries that were stored and not processed, or waited for their channel to be connected again. */
export async function sweepInbox({ store, queues }: Parts): Promise<void> {
  const open = await openDeliveries(store, {
    limit: DELIVERIES_PER_CHANNEL,
    olderThanSeconds: DELIVERY_LOST_AFTER_SECONDS,
  });
  if (open.length > 0) await queues.enqueueInbound(open);
}

/** Has the orders of every active channel polled, and of no other; more rarely where the channel allows no more. */
export async function schedulePolls({ store, queues }: Parts, everyMs: number): Promise<void> {
  const channels = await listChannels(store, { status: "active" });
  await queues.schedulePolls(
    channels.map(({ channelId, pollEveryMs }) => ({ channelId, everyMs: Math.max(everyMs, pollEveryMs ?? 0) })),
  );
}

export async function forgetOldPushes({ store }: Parts): Promise<void> {
  await forgetPushes(store, PUSHES_KEPT_DAYS);
}

export async function forgetOldBodies({ store }: Parts): Promise<void> {
  await emptyDeliveries(store, { olderThanDays: BODIES_KEPT_DAYS, limit: BODIES_PER_STEP });
}
