import type { JobsOptions } from "bullmq";
import { z } from "zod";

/**
 * A push job names a listing, never a quantity: the worker reads the newest target as it sends. `bucket`: which of its
 * channel's limits the push spends; absent where the channel has one for all.
 */
export const PushJob = z.strictObject({
  version: z.literal(1),
  listingId: z.uuid(),
  bucket: z.string().min(1).optional(),
});
export const InboundJob = z.strictObject({ version: z.literal(1), inboxId: z.int().positive() });
export const PollJob = z.strictObject({ version: z.literal(1), channelId: z.uuid() });

export type PushJob = z.infer<typeof PushJob>;
export type InboundJob = z.infer<typeof InboundJob>;
export type PollJob = z.infer<typeof PollJob>;

/** One queue a channel, so that one merchant's outage or limit never delays another. */
export const pushQueueName = (channelId: string) => `push.${channelId}`;
export const INBOUND_QUEUE = "inbound";
export const POLL_QUEUE = "poll";

/**
 * What every job gets. Seven retries, about 2 s to 128 s apart. Failed jobs are the dead letters: an operator empties
 * them, so they are never removed by age; of those about the same thing the newest stays.
 */
export const jobOptions = {
  attempts: 8,
  backoff: { type: "exponential", delay: 2_000, jitter: 0.5 },
  removeOnComplete: { age: 24 * 3_600, count: 1_000 },
  removeOnFail: false,
} satisfies JobsOptions;

/**
 * One job waiting for an id and one to follow. Without `keepLastIfActive` an add that meets a running job is dropped,
 * and with it the newest value if the worker had read the older one already.
 */
export const latestWins = (id: string) => ({ id, keepLastIfActive: true });
