import type { SimulatedKind } from "@lastunit/simulators";
import type { Random } from "./random.ts";

/** The flash sale: few units of each SKU, many buyers, four channels a merchant. */
export const scenario = {
  merchants: ["acme", "birch", "cedar"],
  kinds: ["shopify", "amazon", "ebay", "walmart"] as readonly SimulatedKind[],
  locationId: "WH-EAST-001",
  skusPerMerchant: 8,
  unitsPerSku: { low: 4, high: 12 },
  /** Checkouts in the merchants' own shops, through reservations. */
  checkouts: 600,
  checkoutClients: 24,
  /** Buyers on the channels, who do not ask us. */
  channelBuyers: 180,
  /** How long the rush lasts. */
  saleMs: 6_000,
  /** A checkout that is neither paid nor left holds its units this long. */
  abandonedTtlSeconds: 3,
  /**
   * The channels' rate limits, times this. At their real numbers (Amazon 5, Walmart 3.3 calls a second and seller) the
   * sale would take minutes and show the channels' limits rather than Lastunit.
   */
  scaleLimits: 20,
  /** Everything must have settled this long after the rush. */
  settleMs: 90_000,
} as const;

/** What a merchant sells. */
export interface StockedSku {
  readonly merchantId: string;
  readonly sku: string;
  readonly units: number;
}

/** SKUs as awkward as in life. */
const names = ["WIDGET-BLU-L", "1e5", "1.10", "A/B #1+", "MUG 11oz (white)", "000123", "TEE-XXL", "LAMP_07"];

export function stockOf(random: Random): StockedSku[] {
  const { low, high } = scenario.unitsPerSku;
  return scenario.merchants.flatMap((merchantId) =>
    names.slice(0, scenario.skusPerMerchant).map((sku) => ({ merchantId, sku, units: random.between(low, high) })),
  );
}
