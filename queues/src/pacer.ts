import { setTimeout as delay } from "node:timers/promises";
import { messageOf, type Logger } from "@lastunit/config";
import type { Bucket, Urgency } from "./bucket.ts";
import { createClosings } from "./closings.ts";
import { createLane, type Lane } from "./lane.ts";
import { createLocalBucket } from "./local-bucket.ts";
import type { PaceConnection } from "./pace-connection.ts";
import type { PaceLimit } from "./pace-settings.ts";
import { createSharedBucket } from "./shared-bucket.ts";

/** Calls of one bucket that may wait for their turn; more are refused at once. */
const MAX_WAITING = 1_000;
/** A call waits no longer than this for a channel that is out of calls: its deadline would pass, and it be taken for lost. */
const MAX_CLOSED_MS = 10_000;
/** What a timer can wait. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

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
  /**
   * @param seen.refillsAt epoch milliseconds; with nothing remaining, no call is made before it.
   * @param seen.refunded what the channel gave back of a call's cost, because it turned out to be less.
   */
  observe(
    bucket: string,
    seen: Partial<PaceLimit> & {
      readonly remaining?: number;
      readonly refillsAt?: number;
      readonly refunded?: number;
    },
  ): void;
  close(): Promise<void>;
}

interface PacedBucket {
  readonly id: string;
  readonly bucket: Bucket;
  readonly lanes: Readonly<Record<Urgency, Lane>>;
  limit: PaceLimit;
  /** Epoch milliseconds before which the channel takes no call. */
  closedUntil: number;
  /** Corrections run one after the other: each reads before it writes. */
  correcting: Promise<void>;
}

interface Call {
  readonly cost: number;
  readonly urgency: Urgency;
  readonly signal: AbortSignal | undefined;
}

/** What a call is refused with that would be made while the channel takes none, for so long. */
export type OutOfCalls = (retryAfterMs: number) => Error;

export function createPacer(options: {
  readonly channelId: string;
  readonly limits: { readonly [bucket: string]: PaceLimit };
  readonly outOfCalls: OutOfCalls;
  /** Shared between processes when given; else the limits hold within this process. */
  readonly connection: PaceConnection | undefined;
  readonly log: Logger;
}): Pacer {
  const { channelId, connection } = options;
  const closings = connection && createClosings(connection.client);
  const buckets = new Map(Object.entries(options.limits).map(([name, limit]) => [name, paced(name, limit)]));

  function paced(name: string, limit: PaceLimit): PacedBucket {
    const id = `lastunit:pace:${channelId}:${name}`;
    const bucket = connection
      ? createSharedBucket({ id, limit, connection: connection.limiters, warn })
      : createLocalBucket(limit);
    return { id, bucket, lanes: lanesOf(bucket), limit, closedUntil: 0, correcting: Promise.resolve() };
  }

  function warn(error: unknown): void {
    const message = messageOf(error);
    options.log.warn({ channel: channelId, error: message }, "the pacer's shared state failed");
  }

  function closeUntil(found: PacedBucket, refillsAt: number): void {
    found.closedUntil = Math.max(found.closedUntil, refillsAt);
    closings?.tell(found.id, refillsAt - Date.now()).catch(warn);
  }

  /** Takes its room and waits until the channel takes calls; whoever can't wait that long gives the room back. */
  async function enter(found: PacedBucket, call: Call, patienceMs: number): Promise<void> {
    await takeTurn(found, call);
    try {
      await whenOpen(found, call.signal, Date.now() + patienceMs);
    } catch (error) {
      found.bucket.give(Math.min(call.cost, found.bucket.capacity));
      throw error;
    }
  }

  /** When the channel takes calls again, by what any process knows. */
  async function whenOpen(found: PacedBucket, signal: AbortSignal | undefined, latest: number): Promise<void> {
    for (;;) {
      // Anew each time: the channel may close for longer meanwhile.
      await hear(found);
      signal?.throwIfAborted();
      refuseClosed(found, latest);
      const closedMs = found.closedUntil - Date.now();
      if (closedMs <= 0) return;
      await delay(Math.min(closedMs, LONGEST_DELAY_MS), undefined, signal ? { signal } : {}).catch(() => undefined);
    }
  }

  /** What another process was told. */
  async function hear(found: PacedBucket): Promise<void> {
    if (!closings) return;
    try {
      const leftMs = await closings.leftMs(found.id);
      found.closedUntil = Math.max(found.closedUntil, Date.now() + leftMs);
    } catch (error) {
      warn(error);
    }
  }

  function refuseClosed({ closedUntil }: PacedBucket, latest: number): void {
    if (closedUntil > latest) throw options.outOfCalls(closedUntil - Date.now());
  }

  return {
    async spend(name, work, { cost = 1, urgency = "prompt", signal } = {}) {
      const found = buckets.get(name);
      signal?.throwIfAborted();
      if (!found) return work();
      // Who would be refused after its turn must not wait for it.
      refuseClosed(found, Date.now() + MAX_CLOSED_MS);
      await enter(found, { cost, urgency, signal }, MAX_CLOSED_MS);
      return work();
    },

    async turn(name, { cost, signal }) {
      const found = buckets.get(name);
      signal.throwIfAborted();
      if (!found) return;
      await enter(found, { cost, urgency: "push", signal }, Infinity);
    },

    observe(name, { remaining, perSecond, burst, refillsAt, refunded = 0 }) {
      const found = buckets.get(name);
      if (!found) return;
      if (remaining === 0 && refillsAt !== undefined) closeUntil(found, refillsAt);
      const limit = { perSecond: perSecond ?? found.limit.perSecond, burst: burst ?? found.limit.burst };
      if (limit.perSecond !== found.limit.perSecond || limit.burst !== found.limit.burst) {
        found.limit = limit;
        found.bucket.setLimit(limit);
      }
      if (refunded > 0) found.bucket.give(refunded);
      if (remaining === undefined) return;
      found.correcting = found.correcting.then(() => found.bucket.lowerTo(remaining)).catch(warn);
    },

    async close() {
      await Promise.all([...buckets.values()].map(({ bucket }) => bucket.close()));
    },
  };
}

/** Background calls ask for room only while nobody else wants any. */
function lanesOf(bucket: Bucket): Readonly<Record<Urgency, Lane>> {
  const atOnce = () => Promise.resolve();
  const push = createLane(bucket, "push", atOnce);
  const prompt = createLane(bucket, "prompt", atOnce);
  const whenQuiet = async () => {
    while (push.waiting + prompt.waiting > 0) await Promise.all([push.whenEmpty(), prompt.whenEmpty()]);
  };
  return { push, prompt, background: createLane(bucket, "background", whenQuiet) };
}

async function takeTurn({ lanes }: PacedBucket, call: Call): Promise<void> {
  if (call.cost === 0) return;
  const waiting = lanes.push.waiting + lanes.prompt.waiting + lanes.background.waiting;
  if (waiting >= MAX_WAITING) throw new Error("too many calls wait for their turn already");
  await lanes[call.urgency].enter(Math.max(1, Math.ceil(call.cost)), call.signal);
}
