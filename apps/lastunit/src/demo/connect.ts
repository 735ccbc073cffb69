import { z } from "zod";
import { scenario, type StockedSku } from "./scenario.ts";
import type { World } from "./world.ts";

/** A merchant's account on one channel, connected. */
export interface Account {
  readonly merchantId: string;
  readonly kind: (typeof scenario.kinds)[number];
  /** The account's name on the simulator. */
  readonly account: string;
  readonly channelId: string;
  readonly listings: number;
}

const connected = z.object({
  channel_id: z.string(),
  listings: z.object({ imported: z.number() }),
  problems: z.array(z.string()),
});

/** Opens an account a merchant and channel, with every SKU listed at a stale quantity, and connects it as a merchant would. */
export async function connectAccounts(world: World, stock: readonly StockedSku[]): Promise<Account[]> {
  const wanted = scenario.merchants.flatMap((merchantId) => scenario.kinds.map((kind) => ({ merchantId, kind })));
  return Promise.all(
    wanted.map(async ({ merchantId, kind }) => {
      const listings = stock.filter((one) => one.merchantId === merchantId).map(({ sku }) => ({ sku, quantity: 1 }));
      const opened = await world.simulators[kind].addAccount({ account: merchantId, listings });
      const response = await fetch(`${world.gatewayUrl}/v1/channels`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${world.operatorToken}`,
          "lastunit-merchant": merchantId,
          "content-type": "application/json",
        },
        body: JSON.stringify({
          kind,
          credentials: opened.credentials,
          // eBay's settings also name the seller.
          settings: kind === "ebay" ? { ...opened.settings, seller: merchantId } : opened.settings,
          default_location_id: scenario.locationId,
          allocation: { safety_stock: scenario.safetyStock },
        }),
      });
      const answer: unknown = await response.json();
      if (!response.ok) throw new Error(`${kind} of ${merchantId} could not be connected: ${JSON.stringify(answer)}`);
      const { channel_id: channelId, listings: found, problems } = connected.parse(answer);
      if (problems.length > 0) throw new Error(`${kind} of ${merchantId}: ${problems.join(" ")}`);
      return { merchantId, kind, account: opened.account, channelId, listings: found.imported };
    }),
  );
}
