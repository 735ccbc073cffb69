import {
  ChannelError,
  outcomesOfEach,
  type CallContext,
  type InventoryUpdate,
  type UpdateOutcome,
} from "@lastunit/adapter-contract";
import type { ShopifyClient } from "./client.ts";
import { isGid } from "./ids.ts";
import { readUnknown } from "./read-unknown.ts";
import { readLevels } from "./read-inventory.ts";
import { unconfirmed, unreadableListing, unstocked, untracked } from "./refusals.ts";
import { writeBatches, type Pending, type Results, type Target } from "./write-batches.ts";

/** Shopify takes 250 entries; one stale entry fails them all, so fewer go at once. */
export const LISTINGS_PER_CALL = 100;

/**
 * Sets `available`, absolute, compared with what Shopify is believed to show; where that is unknown, with what it shows
 * when asked, so that nothing is ever written blindly. Ends by reading back what was stale, or what Shopify did not
 * name among its changes.
 */
export async function pushInventory(
  client: ShopifyClient,
  updates: readonly InventoryUpdate[],
  { mayActivate }: { readonly mayActivate: boolean },
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
  const results: Results = new Map();
  const known: Pending[] = [];
  const unknown: Target[] = [];
  for (const [at, update] of updates.entries()) {
    const target = targetOf(update, at);
    if (!target) results.set(at, unreadableListing);
    else if (update.expected === null) unknown.push(target);
    else known.push({ ...target, expected: update.expected });
  }
  const read = await readUnknown(client, unknown, { mayActivate, results }, call);
  const position = Math.max(...updates.map((update) => update.position));
  const failed = failureIn(results);
  if (failed) for (const { at } of [...known, ...read]) results.set(at, failed);
  else await writeBatches(client, [...known, ...read], { position, results }, call);
  if (!failureIn(results)) await readBack(client, [...known, ...unknown], { mayActivate, results }, call);
  return outcomesOfEach(updates.map((_update, at) => outcomeOf(results.get(at))));
}

function targetOf({ listing, quantity }: InventoryUpdate, at: number): Target | undefined {
  const { externalId, externalLocationId } = listing;
  if (!isGid("InventoryItem", externalId) || !isGid("Location", externalLocationId)) return undefined;
  return { at, listing, inventoryItemId: externalId, locationId: externalLocationId, quantity };
}

/** Once a call failed as a whole, no other is made: it would hit the same limit, or the same outage. */
function failureIn(results: Results): ChannelError | undefined {
  return [...results.values()].find((result) => result instanceof ChannelError);
}

function outcomeOf(result: ReturnType<Results["get"]>): UpdateOutcome | ChannelError {
  if (result === "stale") return { status: "stale", actual: null };
  return result === undefined || result === "unconfirmed" ? unconfirmed : result;
}

/** A channel that can't be read now leaves them as they are: the outcomes of the writes are worth more than a number. */
async function readBack(
  client: ShopifyClient,
  pushed: readonly Target[],
  { mayActivate, results }: { readonly mayActivate: boolean; readonly results: Results },
  call: CallContext,
): Promise<void> {
  const open = pushed.filter(({ at }) => results.get(at) === "stale" || results.get(at) === "unconfirmed");
  if (open.length === 0) return;
  try {
    const levels = await readLevels(
      client,
      open.map(({ listing }) => listing),
      call,
    );
    for (const [index, { at, quantity }] of open.entries()) {
      const level = levels[index];
      if (level?.status === "untracked") results.set(at, untracked);
      // Stocked by the next push, which will find it so before it writes.
      if (level?.status === "unstocked" && !mayActivate) results.set(at, unstocked);
      if (level?.status !== "read") continue;
      const { available } = level;
      // What was refused as stale and shows what is wanted was sold down to it: said accepted, the sale would be taken
      // off a second time once it is heard. (A write of ours whose answer was lost is answered by its key.)
      const isWritten = results.get(at) === "unconfirmed" && available === quantity;
      results.set(at, isWritten ? { status: "accepted" } : { status: "stale", actual: available });
    }
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    call.log.warn({ code: error.code, listings: open.length }, "could not read back what Shopify shows");
  }
}
