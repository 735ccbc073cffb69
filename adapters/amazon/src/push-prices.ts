import type { CallContext, Money, PriceUpdate, SalePrice, UpdateOutcome } from "@lastunit/adapter-contract";
import type { AmazonClient } from "./client.ts";
import { External } from "./listings.ts";
import { patchListings, type ListingPatch } from "./patch-listings.ts";
import { rejected, type Patch, type Rejected } from "./patches.ts";

/** More digits would not survive the way through a JSON number. */
const AMOUNT = /^\d{1,12}(?:\.\d{1,3})?$/;
/** A sale has to end some day. */
const FOREVER = "2099-12-31T00:00:00.000Z";
/** How a sale is ended: Amazon offers no way to take one off and keep the rest of the offer. */
const OVER = { start_at: "2000-01-01T00:00:00.000Z", end_at: "2000-01-02T00:00:00.000Z" };

/**
 * Sets each listing's price and sale price, also where Amazon fulfills it. Merged into the offer to everybody: the lowest
 * and highest allowed price and the offers to businesses stay.
 */
export async function pushPrices(
  client: AmazonClient,
  updates: readonly PriceUpdate[],
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
  const now = new Date();
  const { marketplaceId } = client.settings;
  return patchListings(
    client,
    updates.map((update) => patchOf(update, marketplaceId, now)),
    call,
  );
}

function patchOf(update: PriceUpdate, marketplaceId: string, now: Date): ListingPatch | Rejected {
  const { externalId: sku, external } = update.listing;
  const known = External.safeParse(external).data;
  if (!known) return rejected("not_imported", "its product type is not known: import the listings again");
  const problem = problemOf(update);
  return problem ?? { sku, productType: known.productType, patch: pricePatch(update, marketplaceId, now) };
}

function pricePatch({ price, sale }: PriceUpdate, marketplaceId: string, now: Date): Patch {
  return {
    op: "merge",
    path: "/attributes/purchasable_offer",
    value: [
      {
        marketplace_id: marketplaceId,
        currency: price.currency,
        audience: "ALL",
        our_price: [{ schedule: [{ value_with_tax: numberOf(price) }] }],
        discounted_price: [{ schedule: [scheduleOf(price, sale, now)] }],
      },
    ],
  };
}

function scheduleOf(price: Money, sale: SalePrice | null, now: Date) {
  if (!sale) return { ...OVER, value_with_tax: numberOf(price) };
  const { from, until } = sale;
  return {
    start_at: from === null ? now.toISOString() : new Date(from).toISOString(),
    end_at: until === null ? FOREVER : new Date(until).toISOString(),
    value_with_tax: numberOf(sale.price),
  };
}

function problemOf({ price, sale }: PriceUpdate): Rejected | undefined {
  const amounts = [price, ...(sale ? [sale.price] : [])];
  const wrong = amounts.find((one) => !AMOUNT.test(one.amount) || numberOf(one) === 0);
  if (wrong) return rejected("bad_price", `${wrong.amount} ${wrong.currency} is no price Amazon takes`);
  if (sale && sale.price.currency !== price.currency) {
    return rejected("bad_price", "the sale price must be in the currency of the price");
  }
  return undefined;
}

function numberOf({ amount }: Money): number {
  return Number(amount);
}
