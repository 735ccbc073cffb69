/** A seller's offer of one SKU. Its quantity is in the account's stock. */
export interface Listing {
  readonly sku: string;
  readonly title: string;
  readonly asin: string;
  readonly productType: string;
  price: number;
  /** `DEFAULT`: shipped by the merchant; `AMAZON_NA`: by Amazon (FBA). */
  channels: readonly string[];
  /** `lead_time_to_ship_max_days`; lost when `fulfillment_availability` is replaced instead of merged. */
  leadTimeDays: number | null;
  updatedAt: string;
}
