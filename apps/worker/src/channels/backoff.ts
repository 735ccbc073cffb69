/** Waits that double from `firstMs` up to `maxMs`, with jitter, until `reset`. */
export interface Backoff {
  nextMs(): number;
  reset(): void;
}

export function createBackoff(firstMs: number, maxMs: number): Backoff {
  let failures = 0;
  return {
    nextMs() {
      const waitMs = Math.min(firstMs * 2 ** failures, maxMs);
      failures += 1;
      return waitMs * (0.5 + Math.random() / 2);
    },
    reset() {
      failures = 0;
    },
  };
}
