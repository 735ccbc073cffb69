import { createBreaker } from "./breaker.ts";

/** Keeps a lane's calls back while the channel takes none, or keeps failing. */
export interface Restraint {
  /** How long no call may be made; 0: it may be now. */
  waitMs(): number;
  /** Whether calls may go out side by side; one at a time tries a channel that failed. */
  isTrusting(): boolean;
  /** No call for so long: to be told at once, before what was answered is kept, for calls could start meanwhile. */
  keepQuiet(quietMs: number): void;
  /** The channel answered a call. */
  answered(): void;
  failed(): void;
  /** It took a call whole. */
  tookAll(): void;
  /** It throttled a call. @returns how often in a row, this time included. */
  throttled(): number;
}

export function createRestraint(): Restraint {
  const breaker = createBreaker();
  let quietUntil = 0;
  let throttledInRow = 0;
  return {
    waitMs() {
      const now = Date.now();
      return Math.max(quietUntil - now, breaker.waitMs(now), 0);
    },
    isTrusting: () => breaker.isClosed(),
    keepQuiet(quietMs) {
      quietUntil = Math.max(quietUntil, Date.now() + quietMs);
    },
    answered: () => breaker.succeeded(),
    failed: () => breaker.failed(Date.now()),
    tookAll() {
      throttledInRow = 0;
    },
    throttled() {
      // Calls that were under way when the channel began to throttle say nothing new.
      if (throttledInRow === 0 || quietUntil <= Date.now()) throttledInRow += 1;
      return throttledInRow;
    },
  };
}
