import type { JobResult } from "@lastunit/queues";

/** One job's wish to have its listing pushed. */
export interface PushItem {
  readonly listingId: string;
  /** 1 goes first. */
  readonly priority: number;
  /** How often it was put back by `again`. */
  readonly round: number;
  /** Goes in a call of its own. */
  readonly alone: boolean;
  answer(result: JobResult): void;
}

/** A call whose listings are chosen. */
export interface ChosenCall {
  /** Wait on for a later call. */
  readonly left: readonly PushItem[];
  /** Makes it and answers each item, or puts it back. Must not throw. */
  send(): Promise<void>;
}

export interface Batcher {
  add(listing: { readonly listingId: string; readonly priority: number }): Promise<JobResult>;
  /** Puts an unanswered item back at the front of its priority. */
  again(item: PushItem, options?: { readonly alone?: boolean }): void;
  /** Takes out what waits for a call beyond the most urgent `kept`; the caller answers it. */
  takeBeyond(kept: number): readonly PushItem[];
  /** Answers what waits, and from now on every addition, with `result`; resolves when no call is under way. */
  close(result: JobResult): Promise<void>;
}

/** How long an idle channel gathers, so that jobs added together travel together. */
const GATHER_MS = 2;

/**
 * Gathers a channel's jobs into calls. An idle channel reacts at once; while a call is under way jobs gather, and only
 * full calls, and what is sold out, go beside it, up to `maxCalls`. What goes into a call is chosen when its turn has
 * come, one call after the other, so that nothing newer or more urgent comes after it.
 */
export function createBatcher<Turn>(options: {
  /** From how many items on a call is full. */
  readonly batchSize: () => number;
  readonly maxCalls: () => number;
  /** Resolves when the next call may be made. Must not throw. */
  readonly turn: () => Promise<Turn>;
  /** Chooses from what waits now (from none, when all was answered meanwhile), or one item that goes alone. Must not throw. */
  readonly choose: (items: readonly PushItem[], turn: Turn) => Promise<ChosenCall>;
}): Batcher {
  const waiting: PushItem[] = [];
  const calls = new Set<Promise<void>>();
  let isChoosing = false;
  let gathering: NodeJS.Timeout | undefined;
  let closed: JobResult | undefined;

  function insert(item: PushItem, where: "first" | "last"): void {
    const after = (other: PushItem) =>
      where === "first" ? other.priority >= item.priority : other.priority > item.priority;
    const at = waiting.findIndex(after);
    waiting.splice(at === -1 ? waiting.length : at, 0, item);
  }

  function schedule(): void {
    if (calls.size > 0 || isNextFull()) return pump();
    gathering ??= setTimeout(pump, GATHER_MS);
  }

  function pump(): void {
    clearTimeout(gathering);
    gathering = undefined;
    if (isChoosing || waiting.length === 0 || calls.size >= options.maxCalls()) return;
    if (calls.size > 0 && !isNextFull() && !isNextSoldOut()) return;
    isChoosing = true;
    const call: Promise<void> = makeCall().finally(() => {
      calls.delete(call);
      pump();
    });
    calls.add(call);
  }

  const isNextFull = () => waiting[0]?.alone === true || waiting.length >= options.batchSize();
  const isNextSoldOut = () => waiting[0]?.priority === 1;

  async function makeCall(): Promise<void> {
    const turn = await options.turn();
    const chosen = await options.choose(take(), turn);
    isChoosing = false;
    for (const item of chosen.left.toReversed()) putBack(item);
    pump();
    await chosen.send();
  }

  function take(): PushItem[] {
    if (waiting[0]?.alone) return waiting.splice(0, 1);
    const taken = waiting.filter((item) => !item.alone);
    waiting.splice(0, waiting.length, ...waiting.filter((item) => item.alone));
    return taken;
  }

  function putBack(item: PushItem): void {
    if (closed) item.answer(closed);
    else insert(item, "first");
  }

  const takeBeyond = (kept: number) => waiting.splice(kept);

  return {
    add({ listingId, priority }) {
      if (closed) return Promise.resolve(closed);
      const { promise, resolve } = Promise.withResolvers<JobResult>();
      insert({ listingId, priority, round: 0, alone: false, answer: resolve }, "last");
      schedule();
      return promise;
    },
    again(item, { alone = item.alone } = {}) {
      putBack({ ...item, round: item.round + 1, alone });
      schedule();
    },
    takeBeyond,
    async close(result) {
      closed = result;
      clearTimeout(gathering);
      for (const item of takeBeyond(0)) item.answer(result);
      await Promise.all(calls);
    },
  };
}
