import { CALL_DEADLINE_MS, type InventoryUpdate } from "@lastunit/adapter-contract";
import { claimPushes, releasePushes, settlePushes, type ClaimedPush, type PushOutcome } from "@lastunit/store";
import { isDatabaseAway } from "@lastunit/config/postgres";
import pRetry from "p-retry";
import type { Pool } from "pg";
import type { PushItem } from "./batcher.ts";

/** A call may read before it raises, each with its own deadline; then the outcome has to be kept. */
const LEASE_SECONDS = (2 * CALL_DEADLINE_MS + 5_000) / 1_000;

/** A job whose listing this process alone may push now. */
export interface Claim {
  readonly item: PushItem;
  readonly push: ClaimedPush;
  readonly update: InventoryUpdate;
}

export interface Settled {
  readonly claim: Claim;
  readonly outcome: PushOutcome;
}

/** Claims what must be pushed; answers the jobs of listings that show their target already or are being pushed elsewhere. */
export async function claim(store: Pool, channelId: string, items: readonly PushItem[]): Promise<Claim[]> {
  const listingIds = items.map((item) => item.listingId);
  const { claimed, busy } = await claimPushes(store, channelId, listingIds, LEASE_SECONDS);
  const pushes = new Map(claimed.map((push) => [push.listingId, push]));
  const busyUntil = new Map(busy.map((one) => [one.listingId, one.busyUntil]));
  return items.flatMap((item) => {
    const push = pushes.get(item.listingId);
    if (push) return [{ item, push, update: updateOf(push) }];
    const until = busyUntil.get(item.listingId);
    item.answer(until ? { status: "later", delayMs: waitFor(until) } : { status: "done" });
    return [];
  });
}

/** Most other pushes end long before their lease does. */
const BUSY_LOOK_AGAIN_MS = 500;

function waitFor(busyUntil: Date): number {
  return Math.min(Math.max(busyUntil.getTime() - Date.now(), 0), BUSY_LOOK_AGAIN_MS);
}

function updateOf(push: ClaimedPush): InventoryUpdate {
  return { listing: push.listing, quantity: push.quantity, expected: push.expected, position: push.position };
}

/** Keeps what became of claimed pushes and ends their claims. */
export async function settle(store: Pool, settled: readonly Settled[], requestedAt: Date): Promise<void> {
  const answeredAt = new Date();
  const results = settled.map(({ claim: { push }, outcome }) => ({
    listingId: push.listingId,
    lease: push.lease,
    quantity: push.quantity,
    position: push.position,
    recordedAt: push.recordedAt,
    requestedAt,
    answeredAt,
    outcome,
  }));
  await insisting(() => settlePushes(store, results));
}

/** Gives claims back for which nothing was written. */
export async function release(store: Pool, claims: readonly Claim[]): Promise<void> {
  const pushes = claims.map(({ push }) => push);
  await insisting(() => releasePushes(store, pushes));
}

/**
 * Nobody may push a claimed listing until its claim ends, by word or by its lease: a store that is away for a moment
 * must not cost its listings the whole lease. Both statements may be repeated.
 */
function insisting(work: () => Promise<void>): Promise<void> {
  return pRetry(work, {
    retries: 7,
    minTimeout: 50,
    maxTimeout: 2_000,
    shouldRetry: ({ error }) => isDatabaseAway(error),
  });
}
