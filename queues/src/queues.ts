import type { Logger } from "@lastunit/config";
import type { ChangedListing } from "@lastunit/store";
import type { Queue } from "bullmq";
import type { Backend } from "./backend.ts";
import { addPushes } from "./enqueue-pushes.ts";
import {
  INBOUND_QUEUE,
  InboundJob,
  jobOptions,
  latestWins,
  POLL_QUEUE,
  PollJob,
  PushJob,
  pushQueueName,
} from "./jobs.ts";
import { openPaceConnection } from "./pace-connection.ts";
import { createPacers, type Pacers } from "./pacers.ts";
import { createPollSchedules, type PolledChannel } from "./poll-schedules.ts";
import { createPostgresBackend } from "./postgres-backend.ts";
import { createRedisBackend } from "./redis-backend.ts";
import { startWorking, type JobInfo, type JobResult, type RunningWorker } from "./work.ts";

/** How often missing poll schedules are put back; a wiped Redis does not end our connection to it. */
const MEND_EVERY_MS = 5_000;

/** A listing that does not show what it must, as the store tells it. */
export type PushWish = Pick<ChangedListing, "listingId" | "channelId" | "priority" | "bucket">;

export type Process<T> = (payload: T, job: JobInfo) => Promise<JobResult>;

/** All of the product's queues, on one backend. Adding fails at once while the backend is away. */
export interface Queues {
  readonly backend: "redis" | "postgres";
  /** Sold-out and lower targets overtake what waits, also what waits out a back-off. */
  enqueuePushes(changed: readonly PushWish[]): Promise<void>;
  /** The same for what a sweep finds behind: adds what is missing and leaves turns and back-offs as they are. */
  enqueueBehind(behind: readonly PushWish[]): Promise<void>;
  enqueueInbound(inboxIds: readonly number[]): Promise<void>;
  /** Polls exactly these channels from now on; kept also when Redis is wiped. */
  schedulePolls(channels: readonly PolledChannel[]): Promise<void>;
  pollNow(channelId: string): Promise<void>;
  workPushes(channelId: string, process: Process<PushJob>, options: { readonly concurrency: number }): RunningWorker;
  workInbound(process: Process<InboundJob>, options: { readonly concurrency: number }): RunningWorker;
  workPolls(process: Process<PollJob>, options: { readonly concurrency: number }): RunningWorker;
  /** The BullMQ queue of a name, for Bull Board and metrics. */
  queue(name: string): Queue;
  /** Opens a pacer of a channel: all of one channel share its limits. */
  readonly pacer: Pacers["open"];
  close(): Promise<void>;
}

/**
 * Opens the queues: on Redis when `redisUrl` is set, else on PostgreSQL.
 *
 * @throws with a sentence for people when the server is not reachable, or Redis evicts keys.
 */
export async function createQueues(options: {
  readonly redisUrl?: string | undefined;
  readonly databaseUrl: string;
  readonly log: Logger;
}): Promise<Queues> {
  const { log, redisUrl } = options;
  const backend: Backend = redisUrl
    ? await createRedisBackend({ redisUrl, log })
    : await createPostgresBackend({ databaseUrl: options.databaseUrl, log });
  const paceConnection = redisUrl ? openPaceConnection(redisUrl, log) : undefined;
  const pacers = createPacers({ connection: paceConnection, log });
  const opened = new Map<string, Queue>();
  const polls = createPollSchedules(queue(POLL_QUEUE));
  const mendPolls = () => {
    polls.mend().catch((error: Error) => log.warn({ error: error.message }, "poll schedules could not be checked"));
  };
  const mending = setInterval(mendPolls, MEND_EVERY_MS);
  mending.unref();
  backend.onReconnect(mendPolls);

  function queue(name: string): Queue {
    const known = opened.get(name);
    if (known) return known;
    const made = backend.openQueue(name);
    made.on("error", (error) => log.warn({ queue: name, error: error.message }, "queue error"));
    opened.set(name, made);
    return made;
  }

  async function enqueue(listings: readonly PushWish[], isNews: boolean): Promise<void> {
    const byChannel = Map.groupBy(listings, (listing) => listing.channelId);
    const added = [...byChannel].map(([channelId, ofChannel]) =>
      addPushes(queue(pushQueueName(channelId)), ofChannel, isNews),
    );
    await Promise.all(added);
  }

  return {
    backend: backend.kind,
    queue,
    enqueuePushes: (changed) => enqueue(changed, true),
    enqueueBehind: (behind) => enqueue(behind, false),
    async enqueueInbound(inboxIds) {
      const jobs = inboxIds.map((inboxId) => ({
        name: "inbound",
        data: InboundJob.parse({ version: 1, inboxId }),
        opts: { ...jobOptions, deduplication: latestWins(String(inboxId)) },
      }));
      await queue(INBOUND_QUEUE).addBulk(jobs);
    },
    schedulePolls: (channels) => polls.set(channels),
    pollNow: (channelId) => polls.pollNow(channelId),
    workPushes: (channelId, process, { concurrency }) =>
      startWorking({ backend, queue: queue(pushQueueName(channelId)), payload: PushJob, process, concurrency, log }),
    workInbound: (process, { concurrency }) =>
      startWorking({ backend, queue: queue(INBOUND_QUEUE), payload: InboundJob, process, concurrency, log }),
    workPolls: (process, { concurrency }) =>
      startWorking({ backend, queue: queue(POLL_QUEUE), payload: PollJob, process, concurrency, log }),
    pacer: (channelId, limits, outOfCalls) => pacers.open(channelId, limits, outOfCalls),
    async close() {
      clearInterval(mending);
      await Promise.all([...opened.values()].map((one) => one.close()));
      await pacers.close();
      await paceConnection?.limiters.disconnect(false);
      await backend.close();
    },
  };
}
