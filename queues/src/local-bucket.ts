import type { Bucket, Urgency } from "./bucket.ts";
import { capacityOf, type PaceLimit } from "./pace-settings.ts";

interface Ask {
  readonly amount: number;
  readonly urgency: Urgency;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** A bucket of this process alone. */
export function createLocalBucket(limit: PaceLimit): Bucket {
  let { perSecond } = limit;
  let capacity = capacityOf(limit);
  let room = capacity;
  let countedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const asks: Ask[] = [];

  function count(): void {
    const now = performance.now();
    room = Math.min(capacity, room + ((now - countedAt) / 1_000) * perSecond);
    countedAt = now;
  }

  function serve(): void {
    clearTimeout(timer);
    count();
    for (let first = asks[0]; first; first = asks[0]) {
      const missing = Math.min(first.amount, capacity) - room;
      if (missing > 0) {
        timer = setTimeout(serve, Math.ceil((missing / perSecond) * 1_000));
        return;
      }
      room -= first.amount;
      asks.shift();
      first.resolve();
    }
  }

  return {
    get capacity() {
      return capacity;
    },
    get isForgettable() {
      count();
      return room >= capacity;
    },
    async take(amount, urgency) {
      if (isClosed) throw closed();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const behind = urgency === "background" ? -1 : asks.findIndex((ask) => ask.urgency === "background");
      asks.splice(behind === -1 ? asks.length : behind, 0, { amount, urgency, resolve, reject });
      serve();
      await promise;
    },
    give(amount) {
      count();
      room = Math.min(capacity, room + amount);
      serve();
    },
    async lowerTo(remaining) {
      count();
      room = Math.min(room, remaining);
      serve();
      return Promise.resolve();
    },
    setLimit(next) {
      count();
      room += capacityOf(next) - capacity;
      ({ perSecond } = next);
      capacity = capacityOf(next);
      serve();
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      for (const ask of asks.splice(0)) ask.reject(closed());
      return Promise.resolve();
    },
  };
}

function closed(): Error {
  return new Error("the pacer was closed");
}
