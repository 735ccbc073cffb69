import type { CallContext, UpdateOutcome } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "./client.ts";
import { EbayError, isPassing, wordsOf } from "./errors.ts";
import type { InventoryListing } from "./listing.ts";
import type { Revision } from "./revision.ts";
import { REVISION_LIMIT, revisionsAreSpent } from "./revision-limit.ts";

/**
 * `bulk_update_price_quantity` takes 25 SKUs by its request schema and eBay's bulk guide, one SKU with 25 offers by the
 * operation's own text. Where eBay means the latter, the caller sends each SKU alone.
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

type InventoryRevision = Revision<InventoryListing>;

/**
 * Sets item quantity and every offer's `availableQuantity`: a buyer sees the lower of the two, so writing one alone
 * would leave a raise invisible. Absolute, therefore safe to repeat. 200 and 207 read the same: each entry counts.
 */
export async function bulkUpdate(
  client: EbayClient,
  revisions: readonly InventoryRevision[],
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
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
  return revisions.map((revision) => outcomeOf(entriesOf(revision, responses)));
}

function entriesOf({ sku, external }: InventoryRevision, responses: readonly Entry[]): readonly Entry[] {
  return responses.filter((entry) =>
    entry.sku === undefined
      ? entry.offerId !== undefined && external.offerIds.includes(entry.offerId)
      : entry.sku === sku,
  );
}

/** One part that is wrong for good outweighs another that may yet succeed. */
function outcomeOf(entries: readonly Entry[]): UpdateOutcome {
  if (entries.length === 0) {
    return { status: "retry", code: "no_answer", message: "eBay's answer does not mention this SKU" };
  }
  const failed = entries.filter(({ statusCode }) => statusCode < 200 || statusCode >= 300).map(failureOf);
  return failed.find(({ status }) => status === "rejected") ?? failed[0] ?? { status: "accepted" };
}

function failureOf({ statusCode, errors }: Entry): UpdateOutcome {
  const [error] = errors;
  const message = wordsOf(error);
  if (revisionsAreSpent(error?.errorId, message)) return { status: "retry", code: REVISION_LIMIT, message };
  const code = String(error?.errorId ?? statusCode);
  return isPassing(statusCode, error) ? { status: "retry", code, message } : { status: "rejected", code, message };
}
