import type { Queue } from "bullmq";
import { jobOptions, latestWins, PollJob } from "./jobs.ts";

/** Keeps one repeating poll job a channel, and puts them back when the queue's server was wiped. */
export interface PollSchedules {
  /** Polls exactly these channels from now on. */
  set(channelIds: readonly string[], everyMs: number): Promise<void>;
  /** Adds again what is missing. */
  mend(): Promise<void>;
  pollNow(channelId: string): Promise<void>;
}

export function createPollSchedules(queue: Queue): PollSchedules {
  let wanted: { channelIds: ReadonlySet<string>; everyMs: number } | undefined;

  async function reconcile(): Promise<void> {
    if (!wanted) return;
    const { channelIds, everyMs } = wanted;
    const present = await queue.getJobSchedulers();
    const right = new Set(present.filter((found) => found.every === everyMs).map((found) => found.key));
    for (const found of present) if (!channelIds.has(found.key)) await queue.removeJobScheduler(found.key);
    for (const channelId of channelIds) if (!right.has(channelId)) await schedule(channelId, everyMs);
  }

  async function schedule(channelId: string, everyMs: number): Promise<void> {
    const data = PollJob.parse({ version: 1, channelId });
    await queue.upsertJobScheduler(channelId, { every: everyMs }, { name: "poll", data, opts: jobOptions });
  }

  return {
    set(channelIds, everyMs) {
      wanted = { channelIds: new Set(channelIds), everyMs };
      return reconcile();
    },
    mend: reconcile,
    async pollNow(channelId) {
      const data = PollJob.parse({ version: 1, channelId });
      await queue.add("poll", data, { ...jobOptions, deduplication: latestWins(channelId) });
    },
  };
}
