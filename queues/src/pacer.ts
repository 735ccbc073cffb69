import type { OutOfCalls, PacedBucket, Seen } from "./paced-bucket.ts";

/** A call waits no longer than this for a channel that is out of calls: its deadline would pass, and it be taken for lost. */
const MAX_CLOSED_MS = 10_000;

/** Keeps one channel's calls ahead of its limits; structurally the adapter contract's `Pacer`. */
export interface Pacer {
  /**
   * Runs `work` when the bucket has room for `cost`; a cost above what the bucket can hold waits for the full bucket.
   * One of 0, which was spent ahead, waits only while the channel is out of calls. An unknown bucket is not paced.
   * @throws the signal's reason when aborted while waiting; what `outOfCalls` makes when the channel takes no call for
   *   longer than one can wait, so that none is made; an Error when too many wait already.
   */
  spend<T>(
    bucket: string,
    work: () => Promise<T>,
    options?: {
      readonly cost?: number;
      /** `background` waits behind every prompt call of its bucket, and behind every push. */
      readonly urgency?: "prompt" | "background";
      readonly signal?: AbortSignal;
    },
  ): Promise<T>;
  /**
   * Spends ahead for a push whose listings are chosen only then, as the newest and most urgent there are. Waits behind
   * one prompt call at most, and for as long as the channel is out of calls: no call's deadline runs yet.
   * @throws the signal's reason when aborted while waiting; an Error when too many wait already.
   */
  turn(bucket: string, options: { readonly cost: number; readonly signal: AbortSignal }): Promise<void>;
  observe(bucket: string, seen: Seen): void;
  /** Refuses every call from now on, those that wait as well; other pacers of the channel go on. */
  close(): Promise<void>;
}

/** @param options.leave is called once, when it is closed. */
export function createPacer(options: {
  readonly buckets: ReadonlyMap<string, PacedBucket>;
  readonly outOfCalls: OutOfCalls;
  readonly leave: () => Promise<void>;
}): Pacer {
  const { buckets, outOfCalls } = options;
  const closing = new AbortController();

  /** Aborts when the pacer is closed, too. */
  const limited = (signal: AbortSignal | undefined) =>
    signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;

  return {
    async spend(name, work, { cost = 1, urgency = "prompt", signal: asked } = {}) {
      const signal = limited(asked);
      signal.throwIfAborted();
      await buckets.get(name)?.enter({ cost, urgency, signal, patienceMs: MAX_CLOSED_MS, outOfCalls });
      return work();
    },

    async turn(name, { cost, signal: asked }) {
      const signal = limited(asked);
      signal.throwIfAborted();
      await buckets.get(name)?.enter({ cost, urgency: "push", signal, patienceMs: Infinity, outOfCalls });
    },

    observe(name, seen) {
      buckets.get(name)?.observe(seen);
    },

    async close() {
      if (closing.signal.aborted) return;
      closing.abort(new Error("the pacer was closed"));
      await options.leave();
    },
  };
}
