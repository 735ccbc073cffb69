const DEFAULT_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 5 * 60_000;
const SHORTEST_WAIT_MS = 1_000;
const JITTER = 0.1;

/**
 * How long to wait after a 429, in milliseconds: `Retry-After`, else `x-next-replenishment-time`, else one minute; at
 * most five minutes, plus up to a tenth so that workers do not come back together.
 * Source: Walmart Marketplace docs, "Rate limiting".
 *
 * @param now epoch milliseconds
 * @param random 0 to 1
 */
export function waitAfterThrottle(headers: Headers, now: number, random: number): number {
  const asked =
    retryAfter(headers.get("retry-after"), now) ??
    replenishedIn(headers.get("x-next-replenishment-time"), now) ??
    DEFAULT_WAIT_MS;
  const wait = Math.min(Math.max(asked, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
  return Math.round(wait * (1 + JITTER * random));
}

/** Calls left in the bucket, as every answer tells in `x-current-token-count`; undefined when it does not. */
export function callsLeft(headers: Headers): number | undefined {
  const text = headers.get("x-current-token-count");
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Seconds or an HTTP date, as RFC 9110 allows. */
function retryAfter(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : until(Date.parse(text), now);
}

/** Epoch milliseconds or ISO 8601: Walmart sends both. */
function replenishedIn(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  return until(/^\d+$/.test(text) ? Number(text) : Date.parse(text), now);
}

function until(time: number, now: number): number | undefined {
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}
