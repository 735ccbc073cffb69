import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@lastunit/config";
import Bottleneck from "bottleneck";
import { limiterSettings, REFILL_MS, type PaceLimit } from "./pace-settings.ts";

/** Calls of one bucket that may wait for their turn; more are refused at once. */
const MAX_WAITING = 1_000;
/** A call waits no longer than this for a channel that is out of calls: its deadline would pass. The channel then says how long. */
const MAX_CLOSED_MS = 10_000;
/** Bottleneck's own scale, 0 to 9; the lower goes first. */
const PRIORITY = { prompt: 5, background: 9 };
/** A clustered limiter's state is forgotten after ten minutes without a call. */
const CLUSTERED = {
  datastore: "ioredis",
  clearDatastore: false,
  timeout: 600_000,
  heartbeatInterval: REFILL_MS.clustered,
};

/** Keeps one channel's calls ahead of its limits; structurally the adapter contract's `Pacer`. */
export interface Pacer {
  /**
   * Runs `work` when the bucket has room for `cost`; a cost above what the bucket can hold waits for the full bucket.
   * An unknown bucket is not paced.
   * @throws the signal's reason when aborted while waiting; an Error when too many wait already.
   */
  spend<T>(
    bucket: string,
    work: () => Promise<T>,
    options?: {
      readonly cost?: number;
      /** `background` waits behind every prompt call of its bucket. */
      readonly urgency?: "prompt" | "background";
      readonly signal?: AbortSignal;
    },
  ): Promise<T>;
  /** @param seen.refillsAt epoch milliseconds; with nothing remaining, no call is made before it. */
  observe(
    bucket: string,
    seen: Partial<PaceLimit> & { readonly remaining?: number; readonly refillsAt?: number },
  ): void;
  /** Resolves when no prompt call of this process waits for its turn, so that what the next call says can be read last. */
  whenClear(): Promise<void>;
  close(): Promise<void>;
}

interface Bucket {
  limiter: Bottleneck;
  limit: PaceLimit;
  /** The most that can ever be spent at once. */
  capacity: number;
  /** Epoch milliseconds before which the channel takes no call. */
  closedUntil: number;
  /** Corrections run one after the other: each reads before it writes. */
  correcting: Promise<void>;
  /** Settles when the last background call has got its turn. */
  background: Promise<void>;
}

export function createPacer(options: {
  readonly channelId: string;
  readonly limits: { readonly [bucket: string]: PaceLimit };
  /** Shared between processes when given; else the limits hold within this process. */
  readonly connection: Bottleneck.IORedisConnection | undefined;
  readonly log: Logger;
}): Pacer {
  const isClustered = options.connection !== undefined;
  const buckets = new Map<string, Bucket>();
  const capacityOf = (limit: PaceLimit) =>
    limiterSettings(limit, { clustered: isClustered }).reservoir ?? Math.floor(limit.burst);
  const idle = { closedUntil: 0, correcting: Promise.resolve(), background: Promise.resolve() };
  for (const [name, limit] of Object.entries(options.limits)) {
    buckets.set(name, { limiter: openLimiter(name, limit), limit, capacity: capacityOf(limit), ...idle });
  }
  const clear = new Set<() => void>();
  let waiting = 0;

  function openLimiter(name: string, limit: PaceLimit): Bottleneck {
    const limiter = new Bottleneck({
      id: `lastunit:pace:${options.channelId}:${name}`,
      highWater: MAX_WAITING,
      strategy: Bottleneck.strategy.OVERFLOW,
      ...limiterSettings(limit, { clustered: isClustered }),
      ...(options.connection ? { ...CLUSTERED, connection: options.connection } : {}),
    });
    limiter.on("error", warn);
    return limiter;
  }

  /**
   * In one process the limiter is replaced: bottleneck's own `updateSettings` stops its refilling there. Calls that
   * wait already keep their turn at the old rate.
   */
  function adopt(name: string, bucket: Bucket, limit: PaceLimit): void {
    bucket.limit = limit;
    bucket.capacity = capacityOf(limit);
    if (isClustered) {
      bucket.limiter.updateSettings(limiterSettings(limit, { clustered: true }));
      return;
    }
    stop(bucket.limiter, { dropWaitingJobs: false }).catch(warn);
    bucket.limiter = openLimiter(name, limit);
  }

  /** The channel counts calls we know nothing of (another app of the merchant's): never believe in more room than it sees. */
  async function lowerTo({ limiter }: Bucket, remaining: number): Promise<void> {
    const believed = await limiter.currentReservoir();
    if (believed === null || believed <= remaining) return;
    // Set, not taken off, where several processes may hear the same news at once.
    if (isClustered) limiter.updateSettings({ reservoir: Math.max(0, Math.floor(remaining)) });
    else await limiter.incrementReservoir(remaining - believed);
  }

  function warn(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    options.log.warn({ channel: options.channelId, error: message }, "the pacer's shared state failed");
  }

  /** Keeps `whenClear` waiting meanwhile. */
  async function promptly(turn: () => Promise<void>): Promise<void> {
    waiting += 1;
    try {
      await turn();
    } finally {
      waiting -= 1;
      if (waiting === 0) {
        for (const resolve of clear) resolve();
        clear.clear();
      }
    }
  }

  return {
    async spend(name, work, { cost = 1, urgency = "prompt", signal } = {}) {
      const bucket = buckets.get(name);
      signal?.throwIfAborted();
      if (!bucket) return work();
      if (urgency === "background") await inBackground(bucket, () => takeTurn(bucket, cost, urgency, signal));
      else await promptly(() => takeTurn(bucket, cost, urgency, signal));
      return work();
    },

    observe(name, { remaining, perSecond, burst, refillsAt }) {
      const bucket = buckets.get(name);
      if (!bucket) return;
      if (remaining === 0 && refillsAt !== undefined) bucket.closedUntil = Math.max(bucket.closedUntil, refillsAt);
      const limit = { perSecond: perSecond ?? bucket.limit.perSecond, burst: burst ?? bucket.limit.burst };
      if (limit.perSecond !== bucket.limit.perSecond || limit.burst !== bucket.limit.burst) adopt(name, bucket, limit);
      if (remaining === undefined) return;
      bucket.correcting = bucket.correcting.then(() => lowerTo(bucket, remaining)).catch(warn);
    },

    async whenClear() {
      if (waiting === 0) return;
      await new Promise<void>((resolve) => clear.add(resolve));
    },

    async close() {
      await Promise.all([...buckets.values()].map(({ limiter }) => stop(limiter, { dropWaitingJobs: true })));
    },
  };
}

/** Waits for a slot only: the call itself runs outside, so that bottleneck never holds its errors. */
async function takeTurn(
  bucket: Bucket,
  cost: number,
  urgency: keyof typeof PRIORITY,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const turn = Promise.withResolvers<void>();
  const abort = () => turn.reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const weight = Math.max(1, Math.min(Math.ceil(cost), bucket.capacity));
  const job = { weight, priority: PRIORITY[urgency] };
  bucket.limiter.schedule(job, async () => turn.resolve()).catch((cause: unknown) => turn.reject(cause));
  try {
    await turn.promise;
    const closedMs = Math.min(bucket.closedUntil - Date.now(), MAX_CLOSED_MS);
    if (closedMs > 0) await delay(closedMs, undefined, signal ? { signal } : {});
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** One after the other: where calls are spaced, bottleneck gives away slots ahead, and a push would come after them all. */
async function inBackground(bucket: Bucket, turn: () => Promise<void>): Promise<void> {
  const taken = bucket.background.then(turn);
  bucket.background = taken.catch(() => undefined);
  await taken;
}

async function stop(limiter: Bottleneck, how: { readonly dropWaitingJobs: boolean }): Promise<void> {
  await limiter.stop({ ...how, dropErrorMessage: "the pacer was closed" });
  await limiter.disconnect(false);
}
