import {
  ChannelError,
  outcomesOfEach,
  type CallContext,
  type PriceUpdate,
  type UpdateOutcome,
} from "@lastunit/adapter-contract";
import { z } from "zod";
import type { Operation, ShopifyClient } from "./client.ts";
import { indexOf, UserError } from "./set-quantities.ts";
import { wantedOf, type Wanted } from "./wanted-price.ts";

/** Each product takes a call of its own, and all of them have 15 s. */
export const PRICES_PER_CALL = 25;

type Result = UpdateOutcome | ChannelError;

const Currency = z.object({ shop: z.object({ currencyCode: z.string() }) });

const readCurrency: Operation<z.infer<typeof Currency>> = {
  document: `query Currency { shop { currencyCode } }`,
  cost: 1,
  answer: Currency,
};

const Answer = z.object({
  productVariantsBulkUpdate: z.object({
    productVariants: z.array(z.object({ id: z.string() })).nullable(),
    userErrors: z.array(UserError),
  }),
});
type Answer = z.infer<typeof Answer>["productVariantsBulkUpdate"];

/** Absolute, so that a repeat changes nothing; product mutations take no idempotency key. */
const updateVariants: Operation<z.infer<typeof Answer>> = {
  document: `mutation Prices($productId: ID!, $variants: [ProductVariantsBulkInput!]!) {
    productVariantsBulkUpdate(productId: $productId, variants: $variants, allowPartialUpdates: true) {
      productVariants { id }
      userErrors { code field message }
    }
  }`,
  cost: 10,
  answer: Answer,
};

/**
 * Sets prices in the shop's own currency, one mutation a product. A sale is Shopify's `compareAtPrice`, which has no
 * schedule: one that is to begin or end later is rejected.
 */
export async function pushPrices(
  client: ShopifyClient,
  updates: readonly PriceUpdate[],
  call: CallContext,
): Promise<readonly UpdateOutcome[]> {
  const { shop } = await client.run(readCurrency, {}, call);
  const now = Date.now();
  const asked = updates.map((update) => wantedOf(update, { currency: shop.currencyCode, now }));
  // The first update of a variant stands for all of them.
  const sent = new Map<string, Wanted>();
  for (const one of asked) if ("variantId" in one && !sent.has(one.variantId)) sent.set(one.variantId, one);
  const results = await pushProducts(client, [...sent.values()], call);
  return outcomesOfEach(
    asked.map((one) => {
      if (!("variantId" in one)) return one;
      const first = sent.get(one.variantId);
      const isSame = first?.price === one.price && first.compareAtPrice === one.compareAtPrice;
      return isSame ? (results.get(one.variantId) ?? leftOut) : conflicting;
    }),
  );
}

/** @returns results by variant. Once a call failed as a whole, the products after it are not tried. */
async function pushProducts(
  client: ShopifyClient,
  wanted: readonly Wanted[],
  call: CallContext,
): Promise<ReadonlyMap<string, Result>> {
  const results = new Map<string, Result>();
  let failed: ChannelError | undefined;
  for (const [productId, variants] of Map.groupBy(wanted, (one) => one.productId)) {
    try {
      if (failed) throw failed;
      for (const [id, result] of await pushProduct(client, productId, variants, call)) results.set(id, result);
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      failed = error;
      for (const { variantId } of variants) results.set(variantId, error);
    }
  }
  return results;
}

async function pushProduct(
  client: ShopifyClient,
  productId: string,
  wanted: readonly Wanted[],
  call: CallContext,
): Promise<readonly (readonly [string, UpdateOutcome])[]> {
  const variants = wanted.map(({ variantId: id, price, compareAtPrice }) => ({ id, price, compareAtPrice }));
  try {
    const { productVariantsBulkUpdate: answer } = await client.run(updateVariants, { productId, variants }, call);
    return wanted.map(({ variantId }, index) => [variantId, outcomeOf(variantId, index, wanted.length, answer)]);
  } catch (error) {
    // Without the scope only prices stop: quantities need it not.
    if (!(error instanceof ChannelError) || error.code !== "ACCESS_DENIED") throw error;
    return wanted.map(({ variantId }) => [variantId, notGranted]);
  }
}

/** An error that names no variant is of all those that were not written. */
function outcomeOf(
  variantId: string,
  index: number,
  length: number,
  { productVariants, userErrors }: Answer,
): UpdateOutcome {
  const named = userErrors.find(({ field }) => indexOf(field, length) === index);
  const isWritten = productVariants?.some(({ id }) => id === variantId) ?? false;
  const common = userErrors.find(({ field }) => indexOf(field, length) === undefined);
  const error = named ?? (isWritten ? undefined : common);
  if (error) return { status: "rejected", code: error.code ?? "USER_ERROR", message: error.message };
  return isWritten ? { status: "accepted" } : leftOut;
}

const leftOut: UpdateOutcome = {
  status: "retry",
  code: "left_out",
  message: "Shopify's answer does not say whether it took this price",
};

const conflicting: UpdateOutcome = {
  status: "rejected",
  code: "CONFLICTING_PRICES",
  message: "Another listing of this variant asks another price, and Shopify has one price for all its locations.",
};

const notGranted: UpdateOutcome = {
  status: "rejected",
  code: "ACCESS_DENIED",
  message:
    "The app was not granted write_products, to set prices: add it to the app's scopes and let the shop approve.",
};
