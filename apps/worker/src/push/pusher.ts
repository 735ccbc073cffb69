import type { Buckets } from "@lastunit/store";
import type { OnUnauthorized } from "../channels/attend.ts";
import type { OpenChannel, WorkerParts } from "../channels/open-channel.ts";
import { holdOneBucket, holdQueue, type Hold } from "./hold.ts";
import { createLane, jobsAtOnce, type Lane } from "./lane.ts";

/** Pushes one channel's listings for as long as the channel is active. */
export interface Pusher {
  /** Takes no more jobs, lets the calls under way end, and gives the other jobs back. */
  close(): Promise<void>;
}

/**
 * Runs a channel's push queue, in a lane for each of its limits where pushes spend several. A listing that names none of
 * them goes by the lane of all others, which the whole queue waits with.
 *
 * @param onUnauthorized is told when the channel refused our credentials.
 */
export function startPusher(parts: WorkerParts, open: OpenChannel, onUnauthorized: OnUnauthorized): Pusher {
  const { channelId } = open.channel;
  const { listingsPerCall, pushBuckets = {} } = open.adapter.capabilities;
  const ofBuckets = Object.entries(pushBuckets);
  const sizes = [listingsPerCall, ...ofBuckets.map(([, bucket]) => bucket.listingsPerCall)];
  const worker = parts.queues.workPushes(
    channelId,
    ({ listingId, bucket = "" }, { priority }) => (lanes.get(bucket) ?? others).add({ listingId, priority }),
    { concurrency: sizes.map(jobsAtOnce).reduce((sum, jobs) => sum + jobs) },
  );
  const lane = (size: number, buckets: Buckets, hold: Hold): Lane =>
    createLane(parts, open, { listingsPerCall: size, buckets, hold, onUnauthorized });
  const others = lane(listingsPerCall, { notAmong: Object.keys(pushBuckets) }, holdQueue(worker));
  const lanes = new Map(
    ofBuckets.map(([bucket, { listingsPerCall: size }]) => [
      bucket,
      lane(size, { among: [bucket] }, holdOneBucket(parts.store, channelId, bucket)),
    ]),
  );

  return {
    async close() {
      const closed = worker.close();
      await Promise.all([others, ...lanes.values()].map((one) => one.close()));
      await closed;
    },
  };
}
