import type { PriceUpdate, UpdateOutcome } from "@lastunit/adapter-contract";
import { isGid } from "./ids.ts";

/** A variant and what it shall cost; several listings (one at each location) may be of one variant. */
export interface Wanted {
  readonly productId: string;
  readonly variantId: string;
  /** What the buyer pays now. */
  readonly price: string;
  /** The regular price, struck through, while there is a sale. */
  readonly compareAtPrice: string | null;
}

/** What an update asks for in Shopify's terms, or why it can't be asked for. @param now epoch milliseconds. */
export function wantedOf(
  { listing, price, sale }: PriceUpdate,
  { currency, now }: { readonly currency: string; readonly now: number },
): Wanted | UpdateOutcome {
  const { productId, variantId } = listing.external;
  if (!isGid("Product", productId) || !isGid("ProductVariant", variantId)) return notImported;
  if (price.currency !== currency || (sale && sale.price.currency !== currency)) return wrongCurrency(currency);
  const isOver = sale?.until !== null && sale?.until !== undefined && Date.parse(sale.until) <= now;
  if (!sale || isOver) return { productId, variantId, price: price.amount, compareAtPrice: null };
  const isLater = sale.from !== null && Date.parse(sale.from) > now;
  if (isLater || sale.until !== null) return noSchedule;
  return { productId, variantId, price: sale.price.amount, compareAtPrice: price.amount };
}

const notImported: UpdateOutcome = {
  status: "rejected",
  code: "INVALID_LISTING",
  message: "The listing does not name a product and variant of Shopify: import it again.",
};

const noSchedule: UpdateOutcome = {
  status: "rejected",
  code: "SALE_NOT_SCHEDULED",
  message: "Shopify has no schedule for sales: send the sale when it begins, without an end, and take it back then.",
};

function wrongCurrency(currency: string): UpdateOutcome {
  return { status: "rejected", code: "WRONG_CURRENCY", message: `The shop's prices are in ${currency}.` };
}
