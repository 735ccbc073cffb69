import { asArray, asNumber, asObject, asText, type JsonObject } from "../kit/index.ts";
import type { Sale } from "./listing.ts";

/** What a patch of `purchasable_offer` changes; null: taken off, as `replace` does with all that it doesn't name. */
export interface OfferChange {
  readonly price?: number;
  readonly sale?: Sale | null;
  readonly minimumPrice?: number | null;
  readonly businessPrice?: number | null;
}

interface Wrong {
  readonly code: string;
  readonly message: string;
}

const noPrice: Wrong = { code: "90220", message: "'our_price' is required but not supplied." };
// github.com/amzn/selling-partner-api-models/issues/4349
const badSale: Wrong = {
  code: "99022",
  message: "the field 'schedule' of 'discounted_price' does not have enough values",
};
const wiped = { sale: null, minimumPrice: null, businessPrice: null };

/** An entry for each audience: to everybody (`ALL`, also when none is named) and to businesses (`B2B`). */
export function readOffers(values: readonly JsonObject[], isReplace: boolean): OfferChange | Wrong {
  const parts = values.map((value) => (value["audience"] === "B2B" ? businessOffer(value) : consumerOffer(value)));
  const wrong = parts.find((part) => "code" in part);
  return wrong ?? Object.assign({}, isReplace ? wiped : {}, ...parts);
}

function businessOffer(value: JsonObject): OfferChange | Wrong {
  const businessPrice = amountOf(value["our_price"]);
  return businessPrice === undefined ? noPrice : { businessPrice };
}

function consumerOffer(value: JsonObject): OfferChange | Wrong {
  const price = amountOf(value["our_price"]);
  if (price === undefined) return noPrice;
  const minimumPrice = amountOf(value["minimum_seller_allowed_price"]);
  const offer = { price, ...(minimumPrice !== undefined && { minimumPrice }) };
  if (value["discounted_price"] === undefined) return offer;
  const sale = saleOf(value["discounted_price"]);
  return sale ? { ...offer, sale } : badSale;
}

function saleOf(prices: unknown): Sale | undefined {
  const price = amountOf(prices);
  const { start_at: start, end_at: end } = firstSchedule(prices) ?? {};
  const from = asText(start) ?? "";
  const until = asText(end) ?? "";
  return price !== undefined && Date.parse(from) < Date.parse(until) ? { price, from, until } : undefined;
}

/** Undefined unless it is above 0. */
function amountOf(prices: unknown): number | undefined {
  const amount = asNumber(firstSchedule(prices)?.["value_with_tax"]);
  return amount !== undefined && amount > 0 ? amount : undefined;
}

function firstSchedule(prices: unknown): JsonObject | undefined {
  return asObject(asArray(asObject(asArray(prices)?.[0])?.["schedule"])?.[0]);
}
