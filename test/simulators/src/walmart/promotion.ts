import { asNumber, asObject, asText, type JsonObject } from "../kit/index.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_PROMOTIONS = 10;

/** A lower price for a time; times in epoch milliseconds. */
export interface Promotion {
  readonly type: "REDUCED" | "CLEARANCE";
  readonly amount: number;
  readonly comparison: number;
  readonly from: number;
  readonly until: number;
}

/** What an item costs, in dollars. */
export interface Prices {
  base: number;
  promotions: readonly Promotion[];
}

export function createPrices(base: number): Prices {
  return { base, promotions: [] };
}

/** The promotion that runs now, if one does. */
export function runningPromotion({ promotions }: Prices, now: number): Promotion | undefined {
  return promotions.find(({ from, until }) => from <= now && now < until);
}

/** An amount of dollars and cents, above nothing. */
export function readAmount(money: unknown): number | undefined {
  const price = asObject(money);
  const amount = asNumber(price?.["amount"]);
  const isPrice = amount !== undefined && amount > 0 && Math.abs(amount * 100 - Math.round(amount * 100)) < 1e-6;
  return price?.["currency"] === "USD" && isPrice ? amount : undefined;
}

/**
 * Reads what `PUT /v3/price?promo=true` shall leave of an item's promotions (Walmart docs: promotion rules).
 * @returns the name of the field that breaks a rule, if one does.
 */
export function readPromotions(body: JsonObject, entries: readonly unknown[], before: Prices, now: number) {
  const replacesAll = String(body["replaceAll"]) === "true";
  const read = entries.map((entry) => readPromotion(asObject(entry) ?? {}, now));
  const wrong = read.find((one) => typeof one === "string");
  if (wrong !== undefined) return wrong;
  const added = read.filter((one) => typeof one !== "string");
  const kept = replacesAll ? [] : before.promotions;
  const aboutToStart = before.promotions.some(({ from }) => from > now && from < now + 4 * HOUR_MS);
  if (replacesAll && aboutToStart) return "replaceAll";
  const all = [...kept, ...added].toSorted((a, b) => a.from - b.from);
  if (all.length > MAX_PROMOTIONS) return "pricing";
  return all.some((one, index) => one.from < (all[index - 1]?.until ?? 0)) ? "effectiveDate" : all;
}

function readPromotion(entry: JsonObject, now: number): Promotion | string {
  const type = entry["currentPriceType"];
  if (type !== "REDUCED" && type !== "CLEARANCE") return "currentPriceType";
  if (entry["processMode"] !== "UPSERT") return "processMode";
  const amount = readAmount(entry["currentPrice"]);
  if (amount === undefined) return "currentPrice";
  const comparison = readAmount(entry["comparisonPrice"]);
  if (comparison === undefined || entry["comparisonPriceType"] !== "BASE") return "comparisonPrice";
  const from = Date.parse(asText(entry["effectiveDate"]) ?? "");
  if (!(from >= now + 4 * HOUR_MS)) return "effectiveDate";
  const until = Date.parse(asText(entry["expirationDate"]) ?? "");
  const shortest = type === "REDUCED" ? 14 * DAY_MS : 1;
  if (!(until - from >= shortest && until - from <= 180 * DAY_MS)) return "expirationDate";
  return { type, amount, comparison, from, until };
}
