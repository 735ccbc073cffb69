import type { ApiAnswer } from "../kit/index.ts";
import { tooManyRequests } from "./errors.ts";

/** Calls an application may make in a day (eBay docs: API call limits; OAuth rate limits). */
export const dailyLimits = {
  inventory: 2_000_000,
  fulfillment: 100_000,
  notification: 10_000,
  analytics: 5_000,
  clientCredentials: 1_000,
  refreshToken: 50_000,
} as const;

export type QuotaName = keyof typeof dailyLimits;

export interface Quotas {
  /** Spends one call; the refusal when today's calls are used up. */
  spend(name: QuotaName): ApiAnswer | undefined;
  state(name: QuotaName): { readonly limit: number; readonly remaining: number; readonly reset: string };
}

/** Daily counters that start anew at midnight UTC: eBay's buckets do not refill during the day. */
export function createQuotas(scale: number): Quotas {
  const used = new Map<string, number>();
  const limitOf = (name: QuotaName) => Math.floor(dailyLimits[name] * scale);
  const usedOf = (name: QuotaName) => used.get(keyOf(name)) ?? 0;

  return {
    spend(name) {
      if (usedOf(name) >= limitOf(name)) return tooManyRequests();
      used.set(keyOf(name), usedOf(name) + 1);
      return undefined;
    },
    state(name) {
      const limit = limitOf(name);
      return { limit, remaining: limit - usedOf(name), reset: nextMidnight(new Date()) };
    },
  };
}

function keyOf(name: QuotaName): string {
  return `${dayOf(new Date())} ${name}`;
}

/** The UTC day, `2026-11-21`. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

function nextMidnight(time: Date): string {
  return new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate() + 1)).toISOString();
}
