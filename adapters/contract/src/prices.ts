import type { ListingRef } from "./inventory.ts";

/** An amount of money as the channel's own text: a decimal such as "19.90", never a float. */
export interface Money {
  readonly amount: string;
  /** ISO 4217, such as "USD". */
  readonly currency: string;
}

/** "Ask this price." Absolute, like a quantity: a repeat changes nothing. */
export interface PriceUpdate {
  readonly listing: ListingRef;
  /** The regular price. */
  readonly price: Money;
  /** A lower price for a time; null ends the one that is shown. */
  readonly sale: SalePrice | null;
}

export interface SalePrice {
  readonly price: Money;
  /** ISO 8601; null: from now on. Channels without a schedule take no future start and reject the item. */
  readonly from: string | null;
  /** ISO 8601; null: until it is taken back. */
  readonly until: string | null;
}
