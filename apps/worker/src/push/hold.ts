import type { JobResult, RunningWorker } from "@lastunit/queues";
import { holdBucket } from "@lastunit/store";
import type { Pool } from "pg";
import type { PushItem } from "./batcher.ts";
import { claim } from "./claims.ts";

/** Keeps a lane from calling for a while, in every process. */
export interface Hold {
  /** For that long from now; never shortens one that has begun. */
  begin(holdMs: number): Promise<void>;
  /** Gives jobs back that came meanwhile or waited. @param holdMs how long it lasts from now. */
  turnAway(items: readonly PushItem[], holdMs: number): Promise<void>;
}

/** Of a channel's whole queue: no job of it is taken meanwhile. */
export function holdQueue(worker: RunningWorker): Hold {
  const held: JobResult = { status: "held" };
  return {
    begin: (holdMs) => worker.hold(holdMs),
    async turnAway(items) {
      for (const item of items) item.answer(held);
    },
  };
}

/** Of the listings that spend one of a channel's limits: nobody can claim them meanwhile, and the others go on. */
export function holdOneBucket(store: Pool, channelId: string, bucket: string): Hold {
  let heldUntil = 0;
  return {
    async begin(holdMs) {
      const until = Date.now() + holdMs;
      if (until <= heldUntil) return;
      await holdBucket(store, channelId, bucket, holdMs);
      heldUntil = until;
    },
    async turnAway(items, holdMs) {
      if (items.length === 0) return;
      let left = items;
      try {
        // Claims nothing: notes which of them wait, so that the sweep passes over those, and answers their jobs.
        const options = { atMost: 0, soldOutToo: false, buckets: { among: [bucket] } };
        left = (await claim(store, channelId, items, options)).left;
      } finally {
        for (const item of left) item.answer({ status: "later", delayMs: holdMs });
      }
    },
  };
}
