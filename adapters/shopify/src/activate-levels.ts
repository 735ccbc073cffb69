import { ChannelError, type CallContext } from "@lastunit/adapter-contract";
import { activateLevel } from "./activate-level.ts";
import type { ShopifyClient } from "./client.ts";
import { readLevels } from "./read-inventory.ts";
import { tooManyWrites } from "./refusals.ts";
import type { Pending, Results, Target } from "./write-batches.ts";

/** Activations go one by one, and a call has 15 s. */
const MAX_ACTIVATIONS = 20;

/**
 * Stocks items at locations that do not stock them yet.
 * @returns the entries that are to be written now; the others have their result.
 */
export async function activateLevels(
  client: ShopifyClient,
  toActivate: readonly Target[],
  results: Results,
  call: CallContext,
): Promise<readonly Pending[]> {
  const activated: Pending[] = [];
  const refused: Target[] = [];
  let failed: ChannelError | undefined;
  for (const [index, target] of toActivate.entries()) {
    if (failed || index >= MAX_ACTIVATIONS) {
      results.set(target.at, failed ?? tooManyWrites);
      continue;
    }
    try {
      const { inventoryItemId, locationId } = target;
      const answer = await activateLevel(client, { inventoryItemId, locationId }, call);
      if ("available" in answer) activated.push({ ...target, expected: answer.available });
      else {
        results.set(target.at, answer.refused);
        refused.push(target);
      }
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      failed = error;
      results.set(target.at, error);
    }
  }
  return failed ? activated : [...activated, ...(await stockedAllTheSame(client, refused, results, call))];
}

/**
 * A refused activation has no code: the level may be there already, made by an earlier try whose answer was lost, or by
 * the merchant. Those that are not keep their refusal.
 */
async function stockedAllTheSame(
  client: ShopifyClient,
  refused: readonly Target[],
  results: Results,
  call: CallContext,
): Promise<readonly Pending[]> {
  if (refused.length === 0) return [];
  const stocked: Pending[] = [];
  try {
    const listings = refused.map(({ listing }) => listing);
    for (const [index, level] of (await readLevels(client, listings, call)).entries()) {
      const target = refused[index];
      if (!target || level.status !== "read") continue;
      results.delete(target.at);
      if (level.available === target.quantity) results.set(target.at, { status: "accepted" });
      else stocked.push({ ...target, expected: level.available });
    }
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    call.log.warn({ code: error.code, listings: refused.length }, "could not look into refused activations");
  }
  return stocked;
}
