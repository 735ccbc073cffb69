import { ChannelError, type Money, type SalePrice } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { CallLimits, WalmartClient } from "./client.ts";
import { isNotFound } from "./failures.ts";
import { amountOf } from "./money.ts";
import { time } from "./numbers.ts";

const DAY_MS = 24 * 3_600_000;
/** Walmart's rules (docs: "Pricing and promotional pricing management"); a start is in four hours or later. */
const LEAD_MS = 4 * 3_600_000;
const SHORTEST_MS = 14 * DAY_MS;
const LONGEST_MS = 180 * DAY_MS;

/** What is shown or will be of a SKU: a lower price for a time. */
const Shown = z.object({
  currentPriceType: z.enum(["REDUCED", "CLEARANCE"]),
  currentPrice: z.object({ value: z.object({ amount: z.coerce.number() }) }).transform(({ value }) => value.amount),
  effectiveDate: time,
  expirationDate: time,
});
type Shown = z.infer<typeof Shown>;

const PromotionsAnswer = z.object({
  payload: z.object({ pricingList: z.object({ pricing: z.array(z.unknown()).default([]) }) }),
});

/**
 * The promotions a SKU has. Asking costs nothing of the hour's writes, and a sale that runs must not be written again:
 * it would stop and start in four hours.
 * @returns undefined for one in an unknown form, which is like no other.
 */
export async function readPromotions(
  client: WalmartClient,
  sku: string,
  limits: CallLimits,
): Promise<readonly (Shown | undefined)[]> {
  const path = `/v3/promo/sku/${encodeURIComponent(sku)}`;
  try {
    const answer = await client.send(
      { bucket: "promotions_read", method: "GET", path, answer: PromotionsAnswer },
      limits,
    );
    const lower = answer.payload.pricingList.pricing.filter((one) => !isBase.safeParse(one).success);
    return lower.map((one) => Shown.safeParse(one).data);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

const isBase = z.object({ currentPriceType: z.literal("BASE") });

/**
 * The promotion that a sale price means. A sale without an end gets the longest that Walmart takes.
 * @throws {ChannelError} `rejected` for one that Walmart would not take, with what it would.
 */
export function promotionOf(sale: SalePrice, price: Money, now: number) {
  const from = sale.from === null ? now : Date.parse(sale.from);
  if (from < now + LEAD_MS) {
    const earliest = new Date(now + LEAD_MS).toISOString();
    throw refused("sale_starts_too_soon", `Walmart starts a sale four hours after it is told: from ${earliest} on`);
  }
  const until = sale.until === null ? from + LONGEST_MS : Date.parse(sale.until);
  if (until - from < SHORTEST_MS) throw refused("sale_too_short", "Walmart takes sales of at least 14 days");
  if (until - from > LONGEST_MS) throw refused("sale_too_long", "Walmart takes sales of at most 180 days");
  return {
    currentPriceType: "REDUCED",
    currentPrice: amountOf(sale.price),
    comparisonPriceType: "BASE",
    comparisonPrice: amountOf(price),
    effectiveDate: new Date(from).toISOString(),
    expirationDate: new Date(until).toISOString(),
    processMode: "UPSERT",
  };
}

/** Whether these are the sale and nothing else, so that nothing is to be written. */
export function areAlready(shown: readonly (Shown | undefined)[], sale: SalePrice | null, now: number): boolean {
  if (sale === null) return shown.length === 0;
  const [one] = shown;
  if (shown.length !== 1 || !one || one.currentPrice !== amountOf(sale.price).amount) return false;
  // One that runs can't be told apart from one that should have begun earlier, and need not be.
  const begins = (time: string | null) => Math.max(now, time === null ? now : Date.parse(time));
  const endsRight = sale.until === null || Date.parse(one.expirationDate) === Date.parse(sale.until);
  return begins(one.effectiveDate) === begins(sale.from) && endsRight;
}

function refused(code: string, message: string): ChannelError {
  return new ChannelError("rejected", message, { code });
}
