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
  /** `minimum_seller_allowed_price`; lost when the offer is replaced instead of merged. */
  minimumPrice: number | null;
  /** What businesses pay: the offer of the audience `B2B`; lost like `minimumPrice`. */
  businessPrice: number | null;
  /** `DEFAULT`: shipped by the merchant; `AMAZON_NA`: by Amazon (FBA). */
  channels: readonly string[];
  /** `lead_time_to_ship_max_days`; lost when `fulfillment_availability` is replaced instead of merged. */
  leadTimeDays: number | null;
  /** `restock_date`, `2031-01-15`; lost like `leadTimeDays`. */
  restockDate: string | null;
  updatedAt: string;
}

/** `discounted_price`: a lower price from one time to another. */
export interface Sale {
  readonly price: number;
  readonly from: string;
  readonly until: string;
}

/** A price below the lowest allowed one hides the listing (issue 18155). */
export function isBelowMinimum({ price, minimumPrice }: Pick<Listing, "price" | "minimumPrice">): boolean {
  return minimumPrice !== null && price < minimumPrice;
}

/** The sale that buyers see now. */
export function saleNow({ sale, price }: Listing): Sale | null {
  const now = Date.now();
  if (!sale || sale.price >= price) return null;
  return Date.parse(sale.from) <= now && now < Date.parse(sale.until) ? sale : null;
}
