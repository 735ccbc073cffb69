/** A documented limit: so many calls (or cost points) a second, so many at once. */
export interface BucketLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** A token bucket that starts full and refills steadily. */
export interface Bucket {
  /** The limit after scaling. */
  readonly limit: BucketLimit;
  /** Takes `cost` tokens (default 1), or nothing at all when fewer are left. */
  take(cost?: number): boolean;
  /** Puts back what a call took and did not need. */
  give(cost: number): void;
  /** Takes all there is: as if other clients of the account had used it up. */
  drain(): void;
  /** Tokens left now, fractions included. */
  available(): number;
}

/** @param scale multiplies rate and burst; 1 is the channel's real number. @param now epoch milliseconds. */
export function createBucket(limit: BucketLimit, scale: number, now: () => number = Date.now): Bucket {
  const perSecond = limit.perSecond * scale;
  const burst = limit.burst * scale;
  let tokens = burst;
  let refilledAt = now();

  function available(): number {
    const at = now();
    tokens = Math.min(burst, tokens + ((at - refilledAt) / 1000) * perSecond);
    refilledAt = at;
    return tokens;
  }

  return {
    limit: { perSecond, burst },
    available,
    give(cost) {
      tokens = Math.min(burst, available() + cost);
    },
    drain() {
      available();
      tokens = 0;
    },
    take(cost = 1) {
      if (available() < cost) return false;
      tokens -= cost;
      return true;
    },
  };
}

/** A count that starts anew at midnight UTC and does not refill during the day. `perSecond` is 0. */
export function createDailyBucket(calls: number, scale: number, now: () => number = Date.now): Bucket {
  const burst = Math.floor(calls * scale);
  let day = "";
  let used = 0;

  function available(): number {
    const today = new Date(now()).toISOString().slice(0, 10);
    if (today !== day) used = 0;
    day = today;
    return burst - used;
  }

  return {
    limit: { perSecond: 0, burst },
    available,
    give(cost) {
      used = burst - Math.min(burst, available() + cost);
    },
    drain() {
      available();
      used = burst;
    },
    take(cost = 1) {
      if (available() < cost) return false;
      used += cost;
      return true;
    },
  };
}
