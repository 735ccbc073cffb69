import { CALL_DEADLINE_MS, type InventoryUpdate } from "@lastunit/adapter-contract";
import {
  claimPushes,
  releasePushes,
  settlePushes,
  type Buckets,
  type ClaimedPush,
  type PushOutcome,
} from "@lastunit/store";
import type { Pool } from "pg";
import { startStopwatch } from "../stopwatch.ts";
import type { PushItem } from "./batcher.ts";
import { insisting } from "./insisting.ts";

/** A call may read before it raises, each with its own deadline; then the outcome has to be kept. */
export const LEASE_SECONDS = (2 * CALL_DEADLINE_MS + 5_000) / 1_000;

/** A job whose listing this process alone may push now. */
export interface Claim {
  readonly item: PushItem;
  readonly push: ClaimedPush;
  readonly update: InventoryUpdate;
  /** For how long nobody else can claim it, at least. */
  leftMs(): number;
}

export interface Settled {
  readonly claim: Pick<Claim, "push">;
  readonly outcome: PushOutcome;
}

/**
 * Claims what must be pushed, the most urgent first; answers the jobs of listings that show their target already or may
 * not be pushed now.
 *
 * @param options.atMost claims; the other items that must be pushed are `left`.
 * @param options.soldOutToo claims sold-out listings also before their jobs come.
 * @param options.buckets claims of these alone; the jobs of others are answered, and come again to where they belong.
 */
export async function claim(
  store: Pool,
  channelId: string,
  items: readonly PushItem[],
  options: { readonly atMost: number; readonly soldOutToo: boolean; readonly buckets: Buckets },
): Promise<{ readonly claims: readonly Claim[]; readonly left: readonly PushItem[] }> {
  const { first, repeated } = byListing(items);
  const passedMs = startStopwatch();
  const leftMs = () => LEASE_SECONDS * 1_000 - passedMs();
  const { claimed, busy, held, left } = await claimPushes(store, channelId, [...first.keys()], LEASE_SECONDS, options);
  const claims = claimed.map((push) => ({
    item: first.get(push.listingId) ?? unasked(push.listingId),
    push,
    update: updateOf(push),
    leftMs,
  }));
  const waits = new Map([
    ...held.map((one) => [one.listingId, waitFor(one.heldUntil, HELD_LOOK_AGAIN_MS)] as const),
    ...busy.map((one) => [one.listingId, waitFor(one.busyUntil, BUSY_LOOK_AGAIN_MS)] as const),
  ]);
  const goesOn = new Set([...claimed.map(({ listingId }) => listingId), ...left]);
  for (const [listingId, item] of first) {
    if (goesOn.has(listingId)) continue;
    const delayMs = waits.get(listingId);
    item.answer(delayMs === undefined ? { status: "done" } : { status: "later", delayMs });
  }
  const waitOn = new Set(left);
  return { claims, left: [...[...first.values()].filter(({ listingId }) => waitOn.has(listingId)), ...repeated] };
}

/** No listing is in one call twice. */
function byListing(items: readonly PushItem[]) {
  const first = new Map<string, PushItem>();
  const repeated: PushItem[] = [];
  for (const item of items) {
    if (first.has(item.listingId)) repeated.push(item);
    else first.set(item.listingId, item);
  }
  return { first, repeated };
}

/** Its own job, once it comes, finds what became of it. */
function unasked(listingId: string): PushItem {
  return { listingId, priority: 1, round: 0, alone: false, answer: () => undefined };
}

/** Most other pushes end long before their lease does. */
const BUSY_LOOK_AGAIN_MS = 500;
/** A listing that waits for a limit or its revision budget may become nearly empty, or the budget be raised. */
const HELD_LOOK_AGAIN_MS = 30_000;

function waitFor(until: Date, atMostMs: number): number {
  return Math.min(Math.max(until.getTime() - Date.now(), 0), atMostMs);
}

/** What the channel is told of a claim. */
export function updateOf({ listing, quantity, expected, position }: ClaimedPush): InventoryUpdate {
  return { listing, quantity, expected, position };
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
export async function release(store: Pool, claims: readonly Pick<Claim, "push">[]): Promise<void> {
  const pushes = claims.map(({ push }) => push);
  await insisting(() => releasePushes(store, pushes));
}
