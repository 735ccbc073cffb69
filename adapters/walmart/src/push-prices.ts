import {
  ChannelError,
  outcomesOfEach,
  type CallContext,
  type PriceUpdate,
  type UpdateOutcome,
} from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartClient } from "./client.ts";
import { outcomeOf } from "./failures.ts";
import { inTurn } from "./in-turn.ts";
import { amountOf } from "./money.ts";
import { areAlready, promotionOf, readPromotions } from "./promotions.ts";
import { sendScarce } from "./scarce.ts";

/** Each price costs one or two of the 100 writes an hour. */
export const PRICES_PER_CALL = 10;

const NO_SCOPE = "The key may not write prices: give it full access to Price in the developer portal.";

/**
 * Sets regular prices, and replaces all promotions of a SKU by its sale price where they are others. A price is accepted
 * once both stand. After a 429 or a refused token the rest stays unsent.
 * Source: Walmart Marketplace OpenAPI, Prices and Promotions; docs "Pricing and promotional pricing management".
 *
 * @throws {ChannelError} when Walmart answered none of the listings.
 */
export async function pushPrices(
  client: WalmartClient,
  updates: readonly PriceUpdate[],
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
  let stopped: ChannelError | undefined;
  const results = await inTurn(updates, 1, async (update) => {
    if (stopped) return stopped;
    try {
      return await pushPrice(client, update, call);
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      // Prices are an extra: a key that may not write them keeps the quantities in step all the same.
      if (error.httpStatus === 403) return { status: "rejected", code: error.code, message: NO_SCOPE } as const;
      if (error.failure === "rate_limited" || error.failure === "unauthorized") stopped = error;
      return error.failure === "rejected" ? outcomeOf(error) : error;
    }
  });
  return outcomesOfEach(results);
}

async function pushPrice(
  client: WalmartClient,
  { listing: { externalId: sku }, price, sale }: PriceUpdate,
  call: CallContext,
): Promise<UpdateOutcome> {
  const now = Date.now();
  const regular = amountOf(price);
  const isShown = areAlready(await readPromotions(client, sku, call), sale, now);
  const promotions = sale === null || isShown ? [] : [promotionOf(sale, price, now)];
  await write(client, "/v3/price", { sku, pricing: [{ currentPriceType: "BASE", currentPrice: regular }] }, call);
  if (!isShown) await write(client, "/v3/price?promo=true", { sku, replaceAll: "true", pricing: promotions }, call);
  return { status: "accepted" };
}

async function write(client: WalmartClient, path: string, body: object, call: CallContext): Promise<void> {
  await sendScarce(client, { bucket: "price_write", method: "PUT", path, body, answer: z.unknown() }, call);
}
