import { setTimeout as delay } from "node:timers/promises";
import type { Bucket, Urgency } from "./bucket.ts";
import type { Closings } from "./closings.ts";
import type { PaceLimit } from "./pace-settings.ts";
import { createWaitingLine, type WaitingLine } from "./waiting-line.ts";

/** Calls of one bucket that may wait for their turn; more are refused at once. */
const MAX_WAITING = 1_000;
/** What a timer can wait. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** What a call is refused with that would be made while the channel takes none, for so long. */
export type OutOfCalls = (retryAfterMs: number) => Error;

interface Call {
  readonly cost: number;
  readonly urgency: Urgency;
  readonly signal: AbortSignal;
  /** For how many milliseconds it can wait for a channel that is out of calls. */
  readonly patienceMs: number;
  readonly outOfCalls: OutOfCalls;
}

/** What a channel tells of a bucket. */
export interface Seen extends Partial<PaceLimit> {
  readonly remaining?: number;
  /** Epoch milliseconds; with nothing remaining, no call is made before it. */
  readonly refillsAt?: number;
  /** What the channel gave back of a call's cost, because it turned out to be less. */
  readonly refunded?: number;
}

/** One of a channel's limits: its room, who waits for it, and until when the channel takes no call. */
export interface PacedBucket {
  /** Whether one made in its place would know as much. */
  readonly isForgettable: boolean;
  /**
   * Takes the call's room and waits until the channel takes calls; whoever can't wait that long gives the room back.
   * @throws the signal's reason when aborted; what `outOfCalls` makes; an Error when too many wait already.
   */
  enter(call: Call): Promise<void>;
  observe(seen: Seen): void;
  close(): Promise<void>;
}

export function createPacedBucket(options: {
  readonly id: string;
  readonly limit: PaceLimit;
  readonly bucket: Bucket;
  /** What other processes are told, and were. */
  readonly closings: Closings | undefined;
  /** Told of what failed beside a call. */
  readonly warn: (error: unknown) => void;
}): PacedBucket {
  const { id, bucket, closings, warn } = options;
  const lines = linesOf(bucket);
  let { limit } = options;
  /** Epoch milliseconds before which the channel takes no call. */
  let closedUntil = 0;
  /** Corrections run one after the other: each reads before it writes. */
  let correcting = Promise.resolve();

  async function takeTurn(call: Call): Promise<void> {
    if (call.cost === 0) return;
    const waiting = lines.push.waiting + lines.prompt.waiting + lines.background.waiting;
    if (waiting >= MAX_WAITING) throw new Error("too many calls wait for their turn already");
    await lines[call.urgency].enter(Math.max(1, Math.ceil(call.cost)), call.signal);
  }

  function refuseClosed(latest: number, outOfCalls: OutOfCalls): void {
    if (closedUntil > latest) throw outOfCalls(closedUntil - Date.now());
  }

  /** When the channel takes calls again, by what any process knows. */
  async function whenOpen({ signal, patienceMs, outOfCalls }: Call): Promise<void> {
    const latest = Date.now() + patienceMs;
    for (;;) {
      // Anew each time: the channel may close for longer meanwhile.
      await hear();
      signal.throwIfAborted();
      refuseClosed(latest, outOfCalls);
      const closedMs = closedUntil - Date.now();
      if (closedMs <= 0) return;
      await delay(Math.min(closedMs, LONGEST_DELAY_MS), undefined, { signal }).catch(() => undefined);
    }
  }

  /** What another process was told. */
  async function hear(): Promise<void> {
    if (!closings) return;
    try {
      const leftMs = await closings.leftMs(id);
      closedUntil = Math.max(closedUntil, Date.now() + leftMs);
    } catch (error) {
      warn(error);
    }
  }

  function closeUntil(refillsAt: number): void {
    closedUntil = Math.max(closedUntil, refillsAt);
    closings?.tell(id, refillsAt - Date.now()).catch(warn);
  }

  return {
    get isForgettable() {
      return bucket.isForgettable && (closings !== undefined || closedUntil <= Date.now());
    },

    async enter(call) {
      // Who would be refused after its turn must not wait for it.
      refuseClosed(Date.now() + call.patienceMs, call.outOfCalls);
      await takeTurn(call);
      try {
        await whenOpen(call);
      } catch (error) {
        bucket.give(Math.min(call.cost, bucket.capacity));
        throw error;
      }
    },

    observe({ remaining, perSecond, burst, refillsAt, refunded = 0 }) {
      if (remaining === 0 && refillsAt !== undefined) closeUntil(refillsAt);
      const next = { perSecond: perSecond ?? limit.perSecond, burst: burst ?? limit.burst };
      if (next.perSecond !== limit.perSecond || next.burst !== limit.burst) {
        limit = next;
        bucket.setLimit(next);
      }
      if (refunded > 0) bucket.give(refunded);
      if (remaining === undefined) return;
      correcting = correcting.then(() => bucket.lowerTo(remaining)).catch(warn);
    },

    close: () => bucket.close(),
  };
}

/** Background calls ask for room only while nobody else wants any. */
function linesOf(bucket: Bucket): Readonly<Record<Urgency, WaitingLine>> {
  const atOnce = () => Promise.resolve();
  const push = createWaitingLine(bucket, "push", atOnce);
  const prompt = createWaitingLine(bucket, "prompt", atOnce);
  const whenQuiet = async () => {
    while (push.waiting + prompt.waiting > 0) await Promise.all([push.whenEmpty(), prompt.whenEmpty()]);
  };
  return { push, prompt, background: createWaitingLine(bucket, "background", whenQuiet) };
}
