/**
 * Closed: calls go out; failures in a row are counted.
 * Open: no call goes out until the window ends.
 * Half open: one call goes out as a probe; it closes the breaker or opens it for twice as long.
 */
export interface Breaker {
  /** How long to wait before the next call; 0 means it may go now. */
  waitMs(now: number): number;
  /** Whether calls may go out side by side; while the breaker is not closed there is one at a time. */
  isClosed(): boolean;
  succeeded(): void;
  failed(now: number): void;
}

const THRESHOLD = 5;
const FIRST_WINDOW_MS = 2_000;
const MAX_WINDOW_MS = 60_000;

export function createBreaker(): Breaker {
  let failures = 0;
  let windowMs = 0;
  let openUntil = 0;
  return {
    waitMs: (now) => Math.max(0, openUntil - now),
    isClosed: () => windowMs === 0,
    succeeded() {
      failures = 0;
      windowMs = 0;
      openUntil = 0;
    },
    failed(now) {
      // Calls that were under way when the breaker opened say nothing new.
      if (openUntil > now) return;
      failures += 1;
      if (windowMs === 0 && failures < THRESHOLD) return;
      windowMs = windowMs === 0 ? FIRST_WINDOW_MS : Math.min(windowMs * 2, MAX_WINDOW_MS);
      openUntil = now + windowMs;
    },
  };
}
