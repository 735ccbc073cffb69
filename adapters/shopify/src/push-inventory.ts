import {
  ChannelError,
  outcomesOfEach,
  type CallContext,
  type InventoryUpdate,
  type ListingRef,
  type UpdateOutcome,
} from "@lastunit/adapter-contract";
import type { ShopifyClient } from "./client.ts";
import { isGid } from "./ids.ts";
import { readInventory } from "./read-inventory.ts";
import {
  assertInputTaken,
  keyOf,
  setQuantities,
  type QuantityEntry,
  type Refusal,
  type SetOutcome,
} from "./set-quantities.ts";

/** Shopify takes 250 entries; one stale entry fails them all, so fewer go at once. */
export const LISTINGS_PER_CALL = 100;

/** Writes in one call: enough to find one bad entry in a full batch by halving, when Shopify does not name it. */
const MAX_WRITES = 16;

/** One update on its way; `at` is its place in the call. */
interface Pending {
  readonly at: number;
  readonly listing: ListingRef;
  readonly entry: QuantityEntry;
}

/** Outcomes by place. `stale` ones are completed by reading back what Shopify shows. */
type Outcomes = Map<number, UpdateOutcome>;

/**
 * Sets `available`, absolute, compared with what Shopify is believed to show. The mutation is all or nothing: entries
 * it refuses get their outcome, and the others are sent again under a new key, until all are written.
 */
export async function pushInventory(
  client: ShopifyClient,
  updates: readonly InventoryUpdate[],
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
  const outcomes: Outcomes = new Map();
  const failures = new Map<number, ChannelError>();
  const readable = updates.flatMap(toPending);
  const position = Math.max(...updates.map((update) => update.position));
  const batches = readable.length > 0 ? [readable] : [];
  for (let attempt = 0; attempt < MAX_WRITES; attempt += 1) {
    const batch = batches.shift();
    if (!batch) break;
    const entries = batch.map(({ entry }) => entry);
    const key = keyOf(call.idempotencyKey, attempt, entries);
    try {
      batches.push(...settle(batch, await setQuantities(client, { entries, position, key }, call), outcomes));
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      // What earlier writes of this call did stays done; the rest did not get its turn.
      for (const { at } of [batch, ...batches].flat()) failures.set(at, error);
      batches.length = 0;
    }
  }
  for (const { at } of batches.flat()) outcomes.set(at, tooManyWrites);
  await readBackStale(client, readable, outcomes, call);
  return outcomesOfEach(updates.map((_update, at) => failures.get(at) ?? outcomes.get(at) ?? unreadableListing));
}

function toPending({ listing, quantity, expected }: InventoryUpdate, at: number): Pending[] {
  const { externalId: inventoryItemId, externalLocationId: locationId } = listing;
  if (!isGid("InventoryItem", inventoryItemId) || !isGid("Location", locationId)) return [];
  return [{ at, listing, entry: { inventoryItemId, locationId, quantity, changeFromQuantity: expected } }];
}

/** Takes over what one write told. @returns the batches to write next, none when every entry has its outcome. */
function settle(batch: readonly Pending[], { refusals, untracked }: SetOutcome, outcomes: Outcomes): Pending[][] {
  assertInputTaken(refusals);
  if (refusals.length === 0) {
    for (const { at, entry } of batch) outcomes.set(at, untracked.has(entry.inventoryItemId) ? notTracked : accepted);
    return [];
  }
  const running = refusals.find(({ code }) => code === "IDEMPOTENCY_CONCURRENT_REQUEST");
  if (running) {
    for (const { at } of batch) outcomes.set(at, { status: "retry", code: running.code, message: running.message });
    return [];
  }
  if (refusals.some(({ code }) => isKeySpent(code))) return [[...batch]];
  return withoutRefused(batch, refusals, outcomes);
}

/** The key stands for a write that failed, or for another one: this write was not looked at and needs a new key. */
function isKeySpent(code: string): boolean {
  return code === "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED" || code === "IDEMPOTENCY_KEY_PARAMETER_MISMATCH";
}

/** Where Shopify names no entry, the batch is halved until the bad one stands alone. */
function withoutRefused(batch: readonly Pending[], refusals: readonly Refusal[], outcomes: Outcomes): Pending[][] {
  const [first] = refusals;
  const named = batch.length === 1 && first ? [{ ...first, index: 0 }] : refusals;
  for (const refusal of named) {
    const pending = refusal.index === undefined ? undefined : batch[refusal.index];
    if (pending) outcomes.set(pending.at, outcomeOf(refusal));
  }
  const rest = batch.filter(({ at }) => !outcomes.has(at));
  if (rest.length < batch.length) return rest.length > 0 ? [rest] : [];
  const half = Math.ceil(batch.length / 2);
  return [batch.slice(0, half), batch.slice(half)];
}

function outcomeOf({ code, message }: Refusal): UpdateOutcome {
  if (code === "CHANGE_FROM_QUANTITY_STALE") return { status: "stale", actual: null };
  return { status: "rejected", code, message: code === "NON_MUTABLE_INVENTORY_ITEM" ? notMutable(message) : message };
}

/** A channel that can't be read now leaves `actual` null: the outcomes of the writes are worth more than one number. */
async function readBackStale(
  client: ShopifyClient,
  written: readonly Pending[],
  outcomes: Outcomes,
  call: CallContext,
): Promise<void> {
  const stale = written.filter(({ at }) => outcomes.get(at)?.status === "stale");
  if (stale.length === 0) return;
  try {
    const listings = stale.map(({ listing }) => listing);
    const shown = await readInventory(client, listings, call);
    for (const [index, { at }] of stale.entries()) {
      const read = shown[index];
      if (read?.status === "read") outcomes.set(at, { status: "stale", actual: read.available });
      if (read?.status === "untracked") outcomes.set(at, notTracked);
    }
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    call.log.warn({ code: error.code, listings: stale.length }, "could not read back stale listings");
  }
}

const accepted: UpdateOutcome = { status: "accepted" };

const notTracked: UpdateOutcome = {
  status: "rejected",
  code: "UNTRACKED",
  message: 'Shopify does not track this item, so buyers do not see its quantity: turn on "Track quantity" for it.',
};

const tooManyWrites: UpdateOutcome = {
  status: "retry",
  code: "too_many_writes",
  message: "Other entries of the batch were refused one after the other; this one was not written",
};

const unreadableListing: UpdateOutcome = {
  status: "rejected",
  code: "INVALID_LISTING",
  message: "The listing does not name an inventory item and location of Shopify: import it again.",
};

function notMutable(words: string): string {
  return `Shopify works this item's quantity out from others, as for a bundle: push its components instead. (${words})`;
}
