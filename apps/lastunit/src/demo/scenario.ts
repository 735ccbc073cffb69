import type { SimulatedKind } from "@lastunit/simulators";
import type { Random } from "./random.ts";

/** The flash sale: few units of each SKU, many buyers, four channels a merchant. */
export const scenario = {
  merchants: ["acme", "birch", "cedar"],
  kinds: ["shopify", "amazon", "ebay", "walmart"] as readonly SimulatedKind[],
  locationId: "WH-EAST-001",
  skusPerMerchant: 8,
  unitsPerSku: { low: 6, high: 18 },
  /** Units no channel ever shows: what is sold there in the moments before a push arrives comes out of these. */
  safetyStock: 1,
  /** Checkouts in the merchants' own shops, through reservations. */
  checkouts: 240,
  checkoutClients: 12,
  /** Buyers on the channels, who do not ask us. */
  channelBuyers: 96,
  /** How long the rush lasts. */
  saleMs: 12_000,
  /** A checkout that is neither paid nor left holds its units this long. */
  abandonedTtlSeconds: 3,
  /**
   * The channels' rate limits, times this. At their real numbers (Amazon 5, Walmart 3.3 calls a second and seller) the
   * sale would take minutes and show the channels' limits rather than Lastunit.
   */
  scaleLimits: 20,
  /** Everything must have settled this long after the rush; units that no order explains are held back for 90 seconds on eBay. */
  settleMs: 180_000,
} as const;

/** What a merchant sells. */
export interface StockedSku {
  readonly merchantId: string;
  readonly sku: string;
  readonly units: number;
}

/** SKUs as awkward as in life. */
const names = ["WIDGET-BLU-L", "1e5", "1.10", "A/B #1+", "MUG 11oz (white)", "000123", "TEE-XXL", "LAMP_07"];

/** What a listing must show of what is available. */
export function shownOf(available: number): number {
  return Math.max(0, available - scenario.safetyStock);
}

export function stockOf(random: Random): StockedSku[] {
  const { low, high } = scenario.unitsPerSku;
  return scenario.merchants.flatMap((merchantId) =>
    names.slice(0, scenario.skusPerMerchant).map((sku) => ({ merchantId, sku, units: random.between(low, high) })),
  );
}
