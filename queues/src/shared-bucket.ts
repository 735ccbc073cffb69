import Bottleneck from "bottleneck";
import type { Bucket } from "./bucket.ts";
import { limiterSettings, refillMs, type PaceLimit } from "./pace-settings.ts";

/** Bottleneck's own scale, 0 to 9; the lower goes first. */
const PRIORITY = { push: 5, prompt: 5, background: 9 };
/** The shortest time without a call after which the state is forgotten. */
const REMEMBERED_MS = 600_000;
/** An empty bucket is looked at again this often at least. */
const LONGEST_LOOK_MS = 1_000;

/** A bucket in Redis, one for all processes. */
export function createSharedBucket(options: {
  readonly id: string;
  readonly limit: PaceLimit;
  readonly connection: Bottleneck.IORedisConnection;
  /** Told of what failed beside a call. */
  readonly warn: (error: unknown) => void;
}): Bucket {
  const { warn } = options;
  let { limit } = options;
  let settings = limiterSettings(limit);
  const limiter = new Bottleneck({
    id: options.id,
    datastore: "ioredis",
    connection: options.connection,
    clearDatastore: false,
    // What is forgotten begins full: not before it would have filled by itself.
    timeout: Math.max(REMEMBERED_MS, refillMs(limit)),
    ...settings,
  });
  limiter.on("error", warn);
  const ready = limiter.ready();
  ready.catch(warn);

  /** Bottleneck refills when it is asked something; by itself it looks every few seconds only. */
  function lookUntil(taken: Promise<void>): void {
    if (settings.reservoirIncreaseInterval === null) return;
    const everyMs = Math.min(settings.reservoirIncreaseInterval / 2, LONGEST_LOOK_MS);
    const looking = setInterval(() => void limiter.currentReservoir().catch(warn), everyMs);
    const stop = () => clearInterval(looking);
    taken.then(stop, stop);
  }

  async function lowerTo(remaining: number): Promise<void> {
    const believed = await limiter.currentReservoir();
    if (believed === null || believed <= remaining) return;
    // Set, not taken off: several processes may hear the same news at once.
    limiter.updateSettings({ reservoir: Math.max(0, Math.floor(remaining)) });
  }

  return {
    get capacity() {
      return settings.reservoir ?? Math.floor(limit.burst);
    },
    isForgettable: true,
    async take(amount, urgency) {
      const taken = limiter.schedule({ weight: amount, priority: PRIORITY[urgency] }, () => Promise.resolve());
      lookUntil(taken);
      await taken;
    },
    give(amount) {
      if (settings.reservoir !== null) limiter.incrementReservoir(Math.floor(amount)).catch(warn);
    },
    lowerTo,
    setLimit(next) {
      limit = next;
      const { reservoir: before } = settings;
      settings = limiterSettings(next);
      const { reservoir, ...rate } = settings;
      // A reservoir that is set is full again, for all processes: what is in it stays, unless there was none or will be none.
      limiter.updateSettings((before === null) === (reservoir === null) ? rate : settings);
      if (reservoir !== null) lowerTo(reservoir).catch(warn);
    },
    async close() {
      await limiter.stop({ dropWaitingJobs: true, dropErrorMessage: "the pacer was closed" });
      // Before it is ready there is nothing to leave: what it takes back is taken up only then, and the commands for it
      // would fail unheard if the connection ended first.
      ready.then(() => limiter.disconnect(false)).catch(() => undefined);
    },
  };
}
