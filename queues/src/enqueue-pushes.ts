import { randomUUID } from "node:crypto";
import type { ChangedListing, PushPriority } from "@lastunit/store";
import type { Job, Queue } from "bullmq";
import { jobOptions, latestWins, PushJob } from "./jobs.ts";

/**
 * Adds or merges a push job for each listing; at most one waits and one follows a running one.
 * @param isNews whether the listings changed just now; what a sweep adds again must not cut back-offs short.
 */
export async function addPushes(
  queue: Queue,
  listings: readonly Pick<ChangedListing, "listingId" | "priority" | "bucket">[],
  isNews: boolean,
): Promise<void> {
  const jobs = listings.map(({ listingId, priority, bucket }) => ({
    name: "push",
    data: PushJob.parse({ version: 1, listingId, ...(bucket !== "" && { bucket }) }),
    opts: { ...jobOptions, jobId: randomUUID(), priority, deduplication: latestWins(listingId) },
  }));
  const added = await queue.addBulk(jobs);
  if (!isNews) return;
  // An add that was merged comes back under the id of the job that was there, which keeps its own priority and delay.
  const merged = added.flatMap((job, index) => {
    const wanted = jobs[index];
    return wanted && job.id !== wanted.opts.jobId && wanted.opts.priority < 3 ? [{ job, wanted: wanted.opts }] : [];
  });
  await Promise.all(merged.map(({ job, wanted }) => goFirst(queue, job, wanted.priority)));
}

/**
 * A sold-out push must not wait out the back-off, or the turn, of the job it was merged into. The worker may take the
 * job in between; that is harmless, because it reads the newest value.
 */
async function goFirst(queue: Queue, { id }: Job, priority: PushPriority): Promise<void> {
  const job: Job | undefined = id === undefined ? undefined : await queue.getJob(id);
  if (!job) return;
  // Most waiting jobs are in their place already: one look is enough, and in a rush looks are what enqueueing costs.
  const isBehind = job.priority > priority;
  const isDelayed = job.delay > 0;
  try {
    if (isBehind) await job.changePriority({ priority });
    if (isDelayed) await job.promote();
  } catch (error) {
    if (await hasMovedOn(job)) return;
    throw error;
  }
}

/** The worker has it, or is done with it. */
async function hasMovedOn(job: Job): Promise<boolean> {
  const state = await job.getState();
  return state !== "delayed" && state !== "prioritized" && state !== "waiting";
}
