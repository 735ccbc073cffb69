import { ChannelError, type CallContext, type ListingRef, type UpdateOutcome } from "@lastunit/adapter-contract";
import type { ShopifyClient } from "./client.ts";
import { idempotencyKeyOf } from "./idempotency-key.ts";
import { levelKey } from "./ids.ts";
import { notMutable, tooManyWrites, untracked } from "./refusals.ts";
import {
  assertInputTaken,
  setQuantities,
  type QuantityEntry,
  type Refusal,
  type SetOutcome,
} from "./set-quantities.ts";

/** Writes in one call: enough to find one bad entry in a full batch by halving, when Shopify does not name it. */
const MAX_WRITES = 16;

/** What one update wants; `at` is its place in the call. */
export interface Target {
  readonly at: number;
  readonly listing: ListingRef;
  readonly inventoryItemId: string;
  readonly locationId: string;
  readonly quantity: number;
}

/** A target with what Shopify is taken to show now. */
export interface Pending extends Target {
  readonly expected: number;
}

/**
 * What became of each update, by its place. `stale` and `unconfirmed` (taken, but not among the changes that Shopify
 * told) wait for the read-back.
 */
export type Results = Map<number, UpdateOutcome | ChannelError | "stale" | "unconfirmed">;

/**
 * Writes all entries. The mutation is all or nothing: entries it refuses get their result, and the others are sent again
 * under a new key, until all are written. Should Shopify write them all the same, the next write finds them stale, and
 * they are told as what they show.
 */
export async function writeBatches(
  client: ShopifyClient,
  pending: readonly Pending[],
  { position, results }: { readonly position: number; readonly results: Results },
  call: CallContext,
): Promise<void> {
  const batches = pending.length > 0 ? [pending] : [];
  for (let attempt = 0; attempt < MAX_WRITES; attempt += 1) {
    const batch = batches.shift();
    if (!batch) return;
    const entries = batch.map(entryOf);
    const key = idempotencyKeyOf(call.idempotencyKey, attempt, entries);
    try {
      batches.push(...settle(batch, await setQuantities(client, { entries, position, key }, call), results));
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      // What earlier writes of this call did stays done; the rest did not get its turn.
      for (const { at } of [batch, ...batches].flat()) results.set(at, error);
      return;
    }
  }
  for (const { at } of batches.flat()) results.set(at, tooManyWrites);
}

function entryOf({ inventoryItemId, locationId, quantity, expected }: Pending): QuantityEntry {
  return { inventoryItemId, locationId, quantity, changeFromQuantity: expected };
}

/** Takes over what one write told. @returns the batches to write next, none when every entry has its result. */
function settle(batch: readonly Pending[], { refusals, changed }: SetOutcome, results: Results): Pending[][] {
  assertInputTaken(refusals);
  if (refusals.length === 0) {
    for (const pending of batch) results.set(pending.at, resultOf(pending, changed));
    return [];
  }
  const running = refusals.find(({ code }) => code === "IDEMPOTENCY_CONCURRENT_REQUEST");
  if (running) {
    for (const { at } of batch) results.set(at, { status: "retry", code: running.code, message: running.message });
    return [];
  }
  if (refusals.some(({ code }) => isKeySpent(code))) return [[...batch]];
  return withoutRefused(batch, refusals, results);
}

function resultOf(
  { inventoryItemId, locationId, quantity, expected }: Pending,
  changed: SetOutcome["changed"],
): UpdateOutcome | "unconfirmed" {
  const change = changed.get(levelKey(inventoryItemId, locationId));
  if (change) return change.isTracked ? { status: "accepted" } : untracked;
  return quantity === expected ? { status: "accepted" } : "unconfirmed";
}

/** The key stands for a write that failed, or for another one: this write was not looked at and needs a new key. */
function isKeySpent(code: string): boolean {
  return code === "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED" || code === "IDEMPOTENCY_KEY_PARAMETER_MISMATCH";
}

/** Where Shopify names no entry, the batch is halved until the bad one stands alone. */
function withoutRefused(batch: readonly Pending[], refusals: readonly Refusal[], results: Results): Pending[][] {
  const [first] = refusals;
  const named = batch.length === 1 && first ? [{ ...first, index: 0 }] : refusals;
  for (const refusal of named) {
    const pending = refusal.index === undefined ? undefined : batch[refusal.index];
    if (pending) results.set(pending.at, refusedAs(refusal));
  }
  const rest = batch.filter(({ at }) => !results.has(at));
  if (rest.length < batch.length) return rest.length > 0 ? [rest] : [];
  const half = Math.ceil(batch.length / 2);
  return [batch.slice(0, half), batch.slice(half)];
}

/** Not stocked is looked into like stale: an older API version says so, a newer one compares with nothing. */
function refusedAs({ code, message }: Refusal): UpdateOutcome | "stale" {
  if (["CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE", "ITEM_NOT_STOCKED_AT_LOCATION"].includes(code)) {
    return "stale";
  }
  return code === "NON_MUTABLE_INVENTORY_ITEM" ? notMutable(message) : { status: "rejected", code, message };
}
