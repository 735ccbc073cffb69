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

export interface Batcher {
  add(listing: { readonly listingId: string; readonly priority: number }): Promise<JobResult>;
  /** Puts an unanswered item back at the front of its priority. */
  again(item: PushItem, options?: { readonly alone?: boolean }): void;
  /** Answers everything that waits for a call. */
  answerWaiting(result: JobResult): void;
  /** Answers what waits, and from now on every addition, with `result`; resolves when no call is under way. */
  close(result: JobResult): Promise<void>;
}

/** How long an idle channel gathers, so that jobs added together travel together. */
const GATHER_MS = 2;

/**
 * Gathers a channel's jobs into calls: sold-out listings first, then decreases. An idle channel reacts at once; while a
 * call is under way jobs gather, and only full batches go out beside it, up to `maxCalls`. No listing is in one call twice.
 */
export function createBatcher(options: {
  readonly batchSize: number;
  readonly maxCalls: () => number;
  /** Makes one call and answers each item, or puts it back. Must not throw. */
  readonly send: (items: readonly PushItem[]) => Promise<void>;
}): Batcher {
  const waiting: PushItem[] = [];
  const calls = new Set<Promise<void>>();
  let gathering: NodeJS.Timeout | undefined;
  let closed: JobResult | undefined;

  function insert(item: PushItem, where: "first" | "last"): void {
    const after = (other: PushItem) =>
      where === "first" ? other.priority >= item.priority : other.priority > item.priority;
    const at = waiting.findIndex(after);
    waiting.splice(at === -1 ? waiting.length : at, 0, item);
    schedule();
  }

  function schedule(): void {
    if (calls.size > 0 || waiting.length >= options.batchSize) return pump();
    gathering ??= setTimeout(pump, GATHER_MS);
  }

  function pump(): void {
    clearTimeout(gathering);
    gathering = undefined;
    while (waiting.length > 0 && (calls.size === 0 || isNextFull()) && calls.size < options.maxCalls()) {
      const call: Promise<void> = options.send(take()).finally(() => {
        calls.delete(call);
        pump();
      });
      calls.add(call);
    }
  }

  const isNextFull = () => waiting[0]?.alone === true || waiting.length >= options.batchSize;

  function take(): PushItem[] {
    if (waiting[0]?.alone) return waiting.splice(0, 1);
    const listings = new Set<string>();
    const taken: PushItem[] = [];
    for (let at = 0; at < waiting.length && taken.length < options.batchSize;) {
      const item = waiting[at];
      if (!item || item.alone || listings.has(item.listingId)) {
        at += 1;
        continue;
      }
      listings.add(item.listingId);
      taken.push(item);
      waiting.splice(at, 1);
    }
    return taken;
  }

  function answerWaiting(result: JobResult): void {
    for (const item of waiting.splice(0)) item.answer(result);
  }

  return {
    add({ listingId, priority }) {
      if (closed) return Promise.resolve(closed);
      const { promise, resolve } = Promise.withResolvers<JobResult>();
      insert({ listingId, priority, round: 0, alone: false, answer: resolve }, "last");
      return promise;
    },
    again(item, { alone = item.alone } = {}) {
      if (closed) return item.answer(closed);
      insert({ ...item, round: item.round + 1, alone }, "first");
    },
    answerWaiting,
    async close(result) {
      closed = result;
      clearTimeout(gathering);
      answerWaiting(result);
      await Promise.all(calls);
    },
  };
}
