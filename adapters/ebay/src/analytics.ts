import type { eBayApi } from "ebay-api";
import { z } from "zod";
import type { Bucket, Quota } from "./limits.ts";

/** How the Analytics API names the APIs we call. */
const apis: {
  readonly [bucket in Bucket]: {
    readonly context: "sell" | "commerce" | "developer" | "tradingapi";
    readonly name: string;
  };
} = {
  inventory: { context: "sell", name: "inventory" },
  fulfillment: { context: "sell", name: "fulfillment" },
  notification: { context: "commerce", name: "notification" },
  trading: { context: "tradingapi", name: "TradingAPI" },
  analytics: { context: "developer", name: "analytics" },
};

/** The calls we make of an API whose calls have limits of their own; REST APIs are named as a whole, `sell.inventory`. */
const ourCalls = new Set(["reviseinventorystatus", "getitem", "getsellerlist", "getuserpreferences"]);

const Rate = z.object({ limit: z.number(), remaining: z.number(), reset: z.iso.datetime(), timeWindow: z.number() });
const Resource = z.object({ name: z.string().default(""), rates: z.array(Rate).default([]) });
const Answer = z
  .object({
    rateLimits: z.array(z.object({ resources: z.array(Resource).default([]) })).default([]),
  })
  // 204 where the application has made no such call yet.
  .or(z.literal("").transform(() => ({ rateLimits: [] })));

const DAY_SECONDS = 86_400;

/** Some of eBay's limits are of the application, some of a user, and it does not say which. */
const limitsOf = { application: "getRateLimits", seller: "getUserRateLimits" } as const;

/** Asks as somebody: the application or the seller. */
type Ask = <T>(schema: z.ZodType<T>, work: (api: eBayApi) => Promise<unknown>) => Promise<T>;

/**
 * What is left of a bucket's day for the application or the seller, by the Analytics API: the only place where eBay tells it. An API
 * may have limits for some of its calls; of those that concern us the one with the least left is taken. Undefined where
 * eBay tells none.
 */
export async function readQuota(bucket: Bucket, whose: keyof typeof limitsOf, ask: Ask): Promise<Quota | undefined> {
  const { context, name } = apis[bucket];
  const { rateLimits } = await ask(Answer, (api) => api.developer.analytics[limitsOf[whose]](context, name));
  const resources = rateLimits.flatMap((limits) => limits.resources);
  const ours = resources.filter((one) => isOurs(one.name.toLowerCase(), `${context}.${name}`.toLowerCase()));
  const daily = (ours.length > 0 ? ours : resources)
    .flatMap(({ rates }) => rates)
    .filter(({ timeWindow }) => timeWindow === DAY_SECONDS);
  return leastOf(daily.map(({ limit, remaining, reset }) => ({ limit, remaining, resetsAt: reset })));
}

/** The quota that ends first. */
export function leastOf(quotas: readonly Quota[]): Quota | undefined {
  return quotas.toSorted((a, b) => a.remaining - b.remaining)[0];
}

function isOurs(resource: string, api: string): boolean {
  return resource === api || ourCalls.has(resource);
}
