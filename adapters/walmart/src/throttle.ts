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
    until(timeIn(headers.get("x-next-replenishment-time")), now) ??
    DEFAULT_WAIT_MS;
  const wait = Math.min(Math.max(asked, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
  return Math.round(wait * (1 + JITTER * random));
}

/** What an answer tells of its bucket: `x-current-token-count` and `x-next-replenishment-time`, where it has them. */
export function bucketSeen(headers: Headers): { readonly remaining?: number; readonly refillsAt?: number } {
  const remaining = headers.get("x-current-token-count");
  const refillsAt = timeIn(headers.get("x-next-replenishment-time"));
  return {
    ...(remaining !== null && /^\d+$/.test(remaining) && { remaining: Number(remaining) }),
    ...(refillsAt !== undefined && { refillsAt }),
  };
}

/** Seconds or an HTTP date, as RFC 9110 allows. */
function retryAfter(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : until(timeIn(text), now);
}

/** Epoch milliseconds, ISO 8601 or an HTTP date. */
function timeIn(text: string | null): number | undefined {
  const time = text === null ? Number.NaN : /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

function until(time: number | undefined, now: number): number | undefined {
  return time === undefined ? undefined : Math.max(0, time - now);
}
