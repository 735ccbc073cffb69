import type { Logger } from "@lastunit/config";
import type { ChangedListing } from "@lastunit/store";
import type { PushQueues } from "./parts.ts";

/** Puts changed listings on their queues while the log is followed on. */
export interface Enqueuer {
  add(changed: readonly ChangedListing[]): void;
  /** Resolves when everything added so far is on its queue, or was left to the sweep. */
  idle(): Promise<void>;
}

/**
 * One call to the queues is in flight at a time; what changes meanwhile goes with the next, once per listing: in a rush
 * the log moves faster than queues take jobs, and only a listing's newest state counts. What can't be enqueued is left to
 * the sweep.
 */
export function createEnqueuer(queues: PushQueues, log: Logger): Enqueuer {
  let waiting = new Map<string, ChangedListing>();
  let running: Promise<void> = Promise.resolve();
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    while (waiting.size > 0) {
      const changed = [...waiting.values()];
      waiting = new Map();
      try {
        await queues.enqueuePushes(changed);
      } catch (error) {
        log.warn({ err: error, listings: changed.length }, "pushes could not be enqueued; the sweep will");
      }
    }
    isRunning = false;
  }

  return {
    add(changed) {
      for (const listing of changed) waiting.set(listing.listingId, listing);
      if (!isRunning && waiting.size > 0) running = run();
    },
    idle: () => running,
  };
}
