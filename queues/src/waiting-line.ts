import type { Bucket, Urgency } from "./bucket.ts";

/** Calls of one urgency that wait for room in a bucket, first come, first served. */
export interface WaitingLine {
  readonly waiting: number;
  /** @throws the signal's reason when aborted; the bucket's error when it was closed. */
  enter(amount: number, signal: AbortSignal | undefined): Promise<void>;
  /** Resolves when nobody waits in it. */
  whenEmpty(): Promise<void>;
}

interface Waiter {
  readonly amount: number;
  readonly go: () => void;
  readonly fail: (reason: unknown) => void;
}

/**
 * Only the first asks the bucket: room that was asked for can't be asked back, and whoever is more urgent would come after
 * all of it.
 *
 * @param mayAsk resolves when the next may ask.
 */
export function createWaitingLine(bucket: Bucket, urgency: Urgency, mayAsk: () => Promise<void>): WaitingLine {
  const waiters: Waiter[] = [];
  const emptied = new Set<() => void>();
  let isServing = false;

  async function serve(): Promise<void> {
    if (isServing) return;
    isServing = true;
    // The one it was asked for may have left meanwhile: it is the next one's then.
    let taken = 0;
    for (let first = waiters[0]; first; first = waiters[0]) {
      const missing = Math.min(first.amount, bucket.capacity) - taken;
      if (missing <= 0) {
        waiters.shift();
        taken = Math.max(0, taken - first.amount);
        first.go();
        continue;
      }
      try {
        await mayAsk();
        if (waiters[0] !== first) continue;
        await bucket.take(missing, urgency);
        taken += missing;
      } catch (error) {
        leave(first);
        first.fail(error);
      }
    }
    isServing = false;
    if (taken > 0) bucket.give(taken);
    for (const resolve of emptied) resolve();
    emptied.clear();
  }

  function leave(waiter: Waiter): void {
    const at = waiters.indexOf(waiter);
    if (at !== -1) waiters.splice(at, 1);
  }

  return {
    get waiting() {
      return waiters.length;
    },
    async enter(amount, signal) {
      const { promise, resolve: go, reject: fail } = Promise.withResolvers<void>();
      const waiter = { amount, go, fail };
      const abort = () => {
        leave(waiter);
        fail(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      waiters.push(waiter);
      void serve();
      try {
        await promise;
      } finally {
        signal?.removeEventListener("abort", abort);
      }
    },
    async whenEmpty() {
      if (waiters.length > 0) await new Promise<void>((resolve) => emptied.add(resolve));
    },
  };
}
