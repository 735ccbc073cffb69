import type { Deployment } from "./deployment.ts";

/** What is needed of a simulated channel. */
interface SimulatedChannel {
  readonly kind: string;
  addAccount(seed: {
    readonly account: string;
    readonly listings: readonly { readonly sku: string; readonly quantity: number }[];
  }): Promise<{ readonly credentials: object; readonly settings: object }>;
  stock(account: string): readonly { readonly sku: string; readonly available: number }[];
}

/** What is needed of the ledger's client. */
interface StockReader {
  stock(
    merchantId: string,
    skus: readonly string[],
  ): Promise<{ readonly stock: readonly { readonly sku: string; readonly available: number }[] }>;
}

/** A merchant's account on one simulated channel, connected. */
export interface Shop<Channel extends SimulatedChannel = SimulatedChannel> {
  readonly merchantId: string;
  readonly simulator: Channel;
  /** The account's name on the simulator. */
  readonly account: string;
  readonly channelId: string;
}

/** Opens an account of the merchant's name with these listings, one unit of each unless told otherwise, and connects it as a merchant would. */
export async function connectShop<Channel extends SimulatedChannel>(
  deployment: Deployment,
  simulator: Channel,
  merchant: {
    readonly merchantId: string;
    readonly locationId: string;
    readonly skus: readonly string[];
    readonly units?: number;
  },
): Promise<Shop<Channel>> {
  const { merchantId, locationId, skus, units = 1 } = merchant;
  const { kind } = simulator;
  const opened = await simulator.addAccount({
    account: merchantId,
    listings: skus.map((sku) => ({ sku, quantity: units })),
  });
  const body = {
    kind,
    credentials: opened.credentials,
    // eBay's settings also name the seller.
    settings: kind === "ebay" ? { ...opened.settings, seller: merchantId } : opened.settings,
    default_location_id: locationId,
  };
  const made = await deployment.gateway<{ channel_id: string; problems: string[] }>("POST", "/v1/channels", {
    merchantId,
    body,
  });
  if (made.problems.length > 0) throw new Error(`${kind} of ${merchantId}: ${made.problems.join(" ")}`);
  return { merchantId, simulator, account: merchantId, channelId: made.channel_id };
}

/**
 * Where the ledger, or what a buyer can buy on a channel, is not what it must be; one line each. The channels are asked
 * themselves, never what we believe of them.
 *
 * @param units what must be available by SKU.
 */
async function differences(
  ledger: StockReader,
  shops: readonly Shop[],
  units: { readonly [sku: string]: number },
): Promise<string[]> {
  const skus = Object.keys(units);
  const merchants = [...new Set(shops.map((shop) => shop.merchantId))];
  const books = await Promise.all(
    merchants.map(async (merchantId) => ({
      where: `the ledger for ${merchantId}`,
      found: (await ledger.stock(merchantId, skus)).stock,
    })),
  );
  const shelves = shops.map(({ simulator, account, merchantId }) => ({
    where: `${simulator.kind} of ${merchantId}`,
    found: simulator.stock(account),
  }));
  return [...books, ...shelves].flatMap(({ where, found }) =>
    skus.flatMap((sku) => {
      const shown = found.find((one) => one.sku === sku)?.available;
      return shown === units[sku] ? [] : [`${where}: ${sku} is ${shown} and must be ${units[sku]}`];
    }),
  );
}

/** Waits until ledger and channels all have exactly these units. @throws naming every difference left. */
export async function converged(
  deployment: Deployment,
  ledger: StockReader,
  shops: readonly Shop[],
  units: { readonly [sku: string]: number },
  options?: { readonly timeoutMs?: number },
): Promise<void> {
  await deployment.until(
    "ledger and channels show the same",
    async () => {
      const left = await differences(ledger, shops, units);
      if (left.length > 0) throw new Error(left.join("\n"));
      return true;
    },
    options,
  );
}
