import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import { activateLevel } from "./activate-level.ts";
import type { ShopifyClient } from "./client.ts";
import { readLevels } from "./read-inventory.ts";
import { tooManyWrites, unknownItem, unstocked, untracked } from "./refusals.ts";
import type { Pending, Results, Target } from "./write-batches.ts";

/** Activations go one by one, and a call has 15 s. */
const MAX_ACTIVATIONS = 20;

interface Given {
  readonly mayActivate: boolean;
  readonly results: Results;
}

/**
 * Finds out what Shopify shows where nobody knows. What it tracks and stocks is compared with that number; what it
 * does not stock at the location is activated there, where that is allowed and there is a unit to show.
 * @returns the entries that are to be written; the others have their result.
 */
export async function readUnknown(
  client: ShopifyClient,
  unknown: readonly Target[],
  { mayActivate, results }: Given,
  call: CallContext,
): Promise<readonly Pending[]> {
  if (unknown.length === 0) return [];
  const toActivate: Target[] = [];
  const toWrite: Pending[] = [];
  try {
    const listings = unknown.map(({ listing }) => listing);
    for (const [index, level] of (await readLevels(client, listings, call)).entries()) {
      const target = unknown[index];
      if (!target) continue;
      const { at, quantity } = target;
      if (level.status === "missing") results.set(at, unknownItem);
      else if (level.status === "untracked") results.set(at, untracked);
      else if (level.status === "read" && level.available !== quantity)
        toWrite.push({ ...target, expected: level.available });
      else if (level.status === "read" || quantity === 0) results.set(at, { status: "accepted" });
      else if (mayActivate) toActivate.push(target);
      else results.set(at, unstocked);
    }
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    for (const { at } of unknown) results.set(at, error);
    return [];
  }
  return [...toWrite, ...(await activate(client, toActivate, results, call))];
}

async function activate(
  client: ShopifyClient,
  toActivate: readonly Target[],
  results: Results,
  call: CallContext,
): Promise<readonly Pending[]> {
  const activated: Pending[] = [];
  let failed: ChannelError | undefined;
  for (const [index, target] of toActivate.entries()) {
    if (failed || index >= MAX_ACTIVATIONS) {
      results.set(target.at, failed ?? tooManyWrites);
      continue;
    }
    try {
      const { inventoryItemId, locationId } = target;
      const answer = await activateLevel(client, { inventoryItemId, locationId }, call);
      if ("refused" in answer) results.set(target.at, answer.refused);
      else activated.push({ ...target, expected: answer.available });
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      failed = error;
      results.set(target.at, error);
    }
  }
  return activated;
}
