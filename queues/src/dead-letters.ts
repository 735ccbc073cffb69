import type { Logger } from "@lastunit/config";
import type { Job, Queue } from "bullmq";

const PAGE = 500;
/** A look reads every dead letter of the queue, so looks are this far apart however much fails. */
const LOOK_AFTER_MS = 5_000;

/**
 * Keeps a queue's failed jobs to one for each thing they are about: what fails for good is enqueued again by the sweep
 * for as long as it is behind, and would else leave one more dead letter each time its attempts run out. The newest
 * stays, with the newest reason.
 */
export interface DeadLetters {
  /** A job failed for good: older ones about the same thing are removed within seconds. */
  added(): void;
  close(): Promise<void>;
}

export function createDeadLetters(queue: Queue, log: Logger): DeadLetters {
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();

  function look(): void {
    timer = undefined;
    looking = looking
      .then(() => removeOlder(queue))
      .catch((error: Error) => log.warn({ queue: queue.name, error: error.message }, "dead letters were not tidied"));
  }

  return {
    added() {
      timer ??= setTimeout(look, LOOK_AFTER_MS);
    },
    async close() {
      clearTimeout(timer);
      await looking;
    },
  };
}

async function removeOlder(queue: Queue): Promise<void> {
  // Jobs hold ids only: the same data is the same listing, delivery or channel.
  const newest = new Map<string, Job>();
  const older: Job[] = [];
  for (let start = 0; ; start += PAGE) {
    const page = await queue.getFailed(start, start + PAGE - 1);
    for (const job of page) {
      const about = JSON.stringify(job.data);
      const kept = newest.get(about);
      if (!kept) newest.set(about, job);
      // One that failed under way moves the others back by one, and the last of a page is read again.
      else if (kept.id !== job.id) older.push(job);
    }
    if (page.length < PAGE) break;
  }
  for (const job of older) await job.remove();
}
