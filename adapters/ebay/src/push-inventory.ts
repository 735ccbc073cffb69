import type { CallContext, InventoryUpdate, ListingRef, UpdateOutcome } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "./client.ts";
import { EbayError, isPassing, wordsOf } from "./errors.ts";

/**
 * `bulk_update_price_quantity` takes 25 SKUs (Sell Inventory OpenAPI, the request schema; the operation's own text
 * says one SKU with 25 offers, the bulk guide says 25 SKUs).
 */
export const LISTINGS_PER_CALL = 25;

/** What the import notes on a listing. */
export const External = z.object({ offerIds: z.array(z.string()).default([]) });

/** One entry per SKU, per offer, or both; an entry without offerId speaks of the inventory item. */
const Entry = z.object({
  sku: z.string().optional(),
  offerId: z.string().optional(),
  statusCode: z.number(),
  errors: z.array(EbayError).default([]),
});
type Entry = z.infer<typeof Entry>;
const BulkAnswer = z.object({ responses: z.array(Entry) });

/**
 * Sets item quantity and every offer's `availableQuantity`: a buyer sees the lower of the two, so writing one alone
 * would leave a raise invisible. Absolute, therefore safe to repeat. 200 and 207 read the same: each entry counts.
 */
export async function pushInventory(
  client: EbayClient,
  updates: readonly InventoryUpdate[],
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
  const requests = updates.map(({ listing, quantity }) => ({
    sku: listing.externalId,
    shipToLocationAvailability: { quantity },
    offers: offerIdsOf(listing).map((offerId) => ({ offerId, availableQuantity: quantity })),
  }));
  const { responses } = await client.asSeller("inventory", BulkAnswer, call, (api) =>
    api.sell.inventory.bulkUpdatePriceQuantity({ requests }),
  );
  return updates.map(({ listing }) => outcomeOf(entriesOf(listing, responses)));
}

function offerIdsOf(listing: ListingRef): readonly string[] {
  return External.parse(listing.external).offerIds;
}

function entriesOf(listing: ListingRef, responses: readonly Entry[]): readonly Entry[] {
  const offerIds = offerIdsOf(listing);
  return responses.filter(({ sku, offerId }) =>
    sku === undefined ? offerId !== undefined && offerIds.includes(offerId) : sku === listing.externalId,
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
  if (isRevisionLimit(error)) return { status: "retry", code: "revision_limit", message };
  const code = String(error?.errorId ?? statusCode);
  return isPassing(statusCode, error) ? { status: "retry", code, message } : { status: "rejected", code, message };
}

/**
 * A listing takes 250 revisions a calendar day, then is frozen until the next (Sell Inventory OpenAPI). No id of its
 * own is documented for it: 25002 is eBay's "user error, see longMessage", so here alone the words decide. 21919144
 * is the seller's short-term revision limit (eBay KB 2137), 518 the Trading API's usage limit.
 */
function isRevisionLimit(error: EbayError | undefined): boolean {
  if (error?.errorId === 21_919_144 || error?.errorId === 518) return true;
  return error?.errorId === 25_002 && /revis/i.test(wordsOf(error)) && /limit|exceed|maximum|250/i.test(wordsOf(error));
}
