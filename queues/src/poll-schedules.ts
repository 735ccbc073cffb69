import type { Queue } from "bullmq";
import { jobOptions, latestWins, PollJob } from "./jobs.ts";

/** A channel whose orders are polled, `everyMs` apart. */
export interface PolledChannel {
  readonly channelId: string;
  readonly everyMs: number;
}

/** Keeps one repeating poll job a channel, and puts them back when the queue's server was wiped. */
export interface PollSchedules {
  /** Polls exactly these channels from now on. */
  set(polled: readonly PolledChannel[]): Promise<void>;
  /** Adds again what is missing. */
  mend(): Promise<void>;
  pollNow(channelId: string): Promise<void>;
}

export function createPollSchedules(queue: Queue): PollSchedules {
  let wanted: ReadonlyMap<string, number> | undefined;

  async function reconcile(): Promise<void> {
    if (!wanted) return;
    const present = new Map((await queue.getJobSchedulers()).map((found) => [found.key, found.every]));
    for (const channelId of present.keys()) if (!wanted.has(channelId)) await queue.removeJobScheduler(channelId);
    for (const [channelId, everyMs] of wanted) {
      if (present.get(channelId) !== everyMs) await schedule(channelId, everyMs);
    }
  }

  async function schedule(channelId: string, everyMs: number): Promise<void> {
    const data = PollJob.parse({ version: 1, channelId });
    await queue.upsertJobScheduler(channelId, { every: everyMs }, { name: "poll", data, opts: jobOptions });
  }

  return {
    set(polled) {
      wanted = new Map(polled.map(({ channelId, everyMs }) => [channelId, everyMs]));
      return reconcile();
    },
    mend: reconcile,
    async pollNow(channelId) {
      const data = PollJob.parse({ version: 1, channelId });
      await queue.add("poll", data, { ...jobOptions, deduplication: latestWins(channelId) });
    },
  };
}
