import { ChannelError, type CallContext, type UpdateOutcome } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "./client.ts";
import { EbayError, isPassing, isThrottled, wordsOf } from "./errors.ts";
import type { InventoryListing } from "./listing.ts";
import type { Revision } from "./revision.ts";
import { limitOfCalls, REVISIONS_SPENT, revisionsAreSpent } from "./revision-limit.ts";

/**
 * `bulk_update_price_quantity` takes 25 SKUs by its request schema and eBay's bulk guide, one SKU with 25 offers by the
 * operation's own text. Where eBay means the latter, and refuses the others or passes them over, the caller sends each
 * SKU alone.
 */
export const SKUS_PER_CALL = 25;

/** One entry per SKU, per offer, or both; an entry without offerId speaks of the inventory item. */
const Entry = z.object({
  sku: z.string().optional(),
  offerId: z.string().optional(),
  statusCode: z.number(),
  errors: z.array(EbayError).default([]),
});
type Entry = z.infer<typeof Entry>;
const BulkAnswer = z.object({ responses: z.array(Entry) });

type Result = UpdateOutcome | ChannelError;
type InventoryRevision = Revision<InventoryListing>;

/**
 * Sets item quantity and every offer's `availableQuantity`: a buyer sees the lower of the two, so writing one alone
 * would leave a raise invisible. Absolute, therefore safe to repeat. 200 and 207 read the same: each entry counts.
 * @returns for each its outcome; an error where a limit of all calls turned it away; undefined where others were
 *   answered for and it was not, to be sent alone.
 */
export async function bulkUpdate(
  client: EbayClient,
  revisions: readonly InventoryRevision[],
  call: CallContext,
): Promise<readonly (Result | undefined)[]> {
  const requests = revisions.map(({ sku, external, quantity, price }) => ({
    sku,
    ...(quantity !== undefined && { shipToLocationAvailability: { quantity } }),
    offers: external.offerIds.map((offerId) => ({
      offerId,
      ...(quantity !== undefined && { availableQuantity: quantity }),
      ...(price && { price: { currency: price.currency, value: price.amount } }),
    })),
  }));
  const { responses } = await client.asSeller("inventory", BulkAnswer, call, (api) =>
    api.sell.inventory.bulkUpdatePriceQuantity({ requests }),
  );
  return revisions.map((revision) => {
    const entries = entriesOf(revision, responses);
    if (entries.length > 0) return outcomeOf(entries);
    return revisions.length > 1 ? undefined : unmentioned;
  });
}

function entriesOf({ sku, external }: InventoryRevision, responses: readonly Entry[]): readonly Entry[] {
  return responses.filter((entry) =>
    entry.sku === undefined
      ? entry.offerId !== undefined && external.offerIds.includes(entry.offerId)
      : entry.sku === sku,
  );
}

const unmentioned: UpdateOutcome = {
  status: "retry",
  code: "no_answer",
  message: "eBay's answer does not mention this SKU",
};

/** One part that is wrong for good outweighs another that may yet succeed. */
function outcomeOf(entries: readonly Entry[]): Result {
  const failed = entries.filter(({ statusCode }) => statusCode < 200 || statusCode >= 300).map(failureOf);
  const wrong = failed.find((result) => !(result instanceof ChannelError) && result.status === "rejected");
  return wrong ?? failed[0] ?? { status: "accepted" };
}

function failureOf({ statusCode, errors }: Entry): Result {
  const [error] = errors;
  const message = wordsOf(error);
  const code = String(error?.errorId ?? statusCode);
  const limit = limitOfCalls(code) ?? (isThrottled(statusCode, error) ? { retryAfterMs: undefined } : undefined);
  if (limit) return new ChannelError("rate_limited", `${code}: ${message}`, { code, httpStatus: statusCode, ...limit });
  if (revisionsAreSpent(message)) return { status: "retry", code: REVISIONS_SPENT, message };
  return isPassing(statusCode, error) ? { status: "retry", code, message } : { status: "rejected", code, message };
}
