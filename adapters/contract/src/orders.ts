/**
 * What a channel says of one order, whichever way we heard it: by webhook, by notification or by
 * polling. Adapters translate into this shape only; one function in the worker turns it into ledger
 * events, so two sources can never disagree about what an order means.
 *
 * A snapshot is cumulative: it tells all that is known of the order now. Seeing an older one again,
 * or seeing them out of order, must not change the outcome.
 */
export interface OrderSnapshot {
  /** The channel's order id, kept as text: Shopify's exceed 2^53. */
  readonly orderId: string;
  /** When the buyer placed it, ISO 8601. */
  readonly placedAt: string;
  readonly lines: readonly OrderLine[];
}

export interface OrderLine {
  readonly lineId: string;
  readonly item: OrderItem;
  /** The channel's location, ship node or warehouse that ships this line; null when it does not say. */
  readonly externalLocationId: string | null;
  /** Units ordered when the order was placed. Never lowered later: what was taken back is in `reversals`. */
  readonly quantity: number;
  /**
   * - `pending`: the channel took the units off its listing, but the order may still vanish (Amazon only).
   * - `sold`: the order stands.
   * - `cancelled_pending`: the whole line was cancelled on a channel that has a pending phase; whether it
   *   had been `sold` in between is not known.
   */
  readonly state: "pending" | "sold" | "cancelled_pending";
  readonly reversals: readonly Reversal[];
}

export interface OrderItem {
  /** The channel's ids that may name the listing, most specific first; compared with the listing's `lineRef`. */
  readonly refs: readonly string[];
  /** The SKU printed on the order line; null when the channel has none. */
  readonly sku: string | null;
}

/** Units of a line that went back to stock: cancelled before shipping, or returned and restocked. */
export interface Reversal {
  /**
   * Names this reversal within the line for ever, such as `refund:9911:line:5` or `cancel:unit:2`. Made of the
   * channel's own ids; where it has none, one reversal per unit, so that "1 then 1 more" and "2" are the same two.
   */
  readonly key: string;
  readonly quantity: number;
  readonly reason: "order_cancelled" | "order_returned";
  readonly externalLocationId: string | null;
  readonly occurredAt: string;
}
