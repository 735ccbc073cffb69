import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import { activateLevels } from "./activate-levels.ts";
import type { ShopifyClient } from "./client.ts";
import { readLevels } from "./read-inventory.ts";
import { unknownItem, unstocked, untracked } from "./refusals.ts";
import type { Pending, Results, Target } from "./write-batches.ts";

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
  return [...toWrite, ...(await activateLevels(client, toActivate, results, call))];
}
