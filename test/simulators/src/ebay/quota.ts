import type { ChannelAccount, Kit } from "../kit/index.ts";

/** The kit's rate limits. */
export type Limits = Kit<ChannelAccount>["limits"];

/** Calls an application may make in a day (eBay docs: API call limits; OAuth rate limits). */
export const dailyLimits = {
  inventory: 2_000_000,
  fulfillment: 100_000,
  notification: 10_000,
  analytics: 5_000,
  trading: 5_000,
  clientCredentials: 1_000,
  authorizationCode: 10_000,
  refreshToken: 50_000,
} as const;

/** Revise calls of one seller by the Trading API, over all applications: 1,200 in half a minute (eBay KB 2137). */
export const reviseLimit = { perSecond: 40, burst: 1_200 } as const;

export type QuotaName = keyof typeof dailyLimits;

export interface Quotas {
  /** Spends one call. False: today's are used up. */
  spend(name: QuotaName): boolean;
  state(name: QuotaName): { readonly limit: number; readonly remaining: number; readonly reset: string };
}

/** Daily counters that start anew at midnight UTC: eBay's buckets do not refill during the day. */
export function createQuotas(account: string, limits: Limits): Quotas {
  const bucket = (name: QuotaName) => limits.daily(account, name, dailyLimits[name]);
  return {
    spend: (name) => bucket(name).take(),
    state(name) {
      const today = bucket(name);
      return { limit: today.limit.burst, remaining: today.available(), reset: nextMidnight(new Date()) };
    },
  };
}

/** The UTC day, `2026-11-21`. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

function nextMidnight(time: Date): string {
  return new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate() + 1)).toISOString();
}
