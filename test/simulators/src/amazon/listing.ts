/** A seller's offer of one SKU. Its quantity is in the account's stock. */
export interface Listing {
  readonly sku: string;
  readonly title: string;
  readonly asin: string;
  /** A GTIN, EAN or UPC among its attributes. */
  readonly barcode: string | null;
  readonly productType: string;
  readonly createdAt: string;
  price: number;
  sale: Sale | null;
  /** `DEFAULT`: shipped by the merchant; `AMAZON_NA`: by Amazon (FBA). */
  channels: readonly string[];
  /** `lead_time_to_ship_max_days`; lost when `fulfillment_availability` is replaced instead of merged. */
  leadTimeDays: number | null;
  updatedAt: string;
}

/** `discounted_price`: a lower price from one time to another. */
export interface Sale {
  readonly price: number;
  readonly from: string;
  readonly until: string;
}

/** The sale that buyers see now. */
export function saleNow({ sale, price }: Listing): Sale | null {
  const now = Date.now();
  if (!sale || sale.price >= price) return null;
  return Date.parse(sale.from) <= now && now < Date.parse(sale.until) ? sale : null;
}
