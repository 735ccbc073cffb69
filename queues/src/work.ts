import { randomInt } from "node:crypto";
import type { Logger } from "@lastunit/config";
import { DelayedError, UnrecoverableError, Worker, type Job, type Queue } from "bullmq";
import type { z } from "zod";
import type { Backend } from "./backend.ts";
import { createDeadLetters } from "./dead-letters.ts";

/** What became of a job. A processor that throws means `retry`. */
export type JobResult =
  | { readonly status: "done" }
  /** Tried again after the queue's back-off; spends an attempt. */
  | { readonly status: "retry"; readonly reason: string }
  /** Can never succeed as it is: a dead letter. */
  | { readonly status: "dead"; readonly reason: string }
  /** Goes back to its queue, which its worker holds (`RunningWorker.hold`); spends no attempt. */
  | { readonly status: "held" }
  /** This job alone waits; spends no attempt. */
  | { readonly status: "later"; readonly delayMs: number };

export interface JobInfo {
  readonly jobId: string;
  /** 1 runs first. */
  readonly priority: number;
  /** Attempts spent before this one. */
  readonly attemptsMade: number;
  /** Whether the queue gives up when this attempt fails too. */
  readonly isLastAttempt: boolean;
}

export interface RunningWorker {
  /**
   * No process takes a job of this queue for that long. A hold is never shortened by a later, shorter one of the same
   * worker.
   */
  hold(holdMs: number): Promise<void>;
  /** Takes no more jobs and waits for those that run. */
  close(): Promise<void>;
}

/** Runs a queue's jobs. Payloads are parsed again here: jobs outlive deploys. */
export function startWorking<T>(options: {
  readonly backend: Backend;
  readonly queue: Queue;
  readonly payload: z.ZodType<T>;
  readonly process: (payload: T, job: JobInfo) => Promise<JobResult>;
  readonly concurrency: number;
  readonly log: Logger;
}): RunningWorker {
  const { queue, log } = options;
  let heldUntil = 0;
  const deadLetters = createDeadLetters(queue, log);
  const worker = options.backend.openWorker(queue.name, run, options.concurrency);
  worker.on("error", (error) => log.warn({ queue: queue.name, error: error.message }, "queue worker error"));
  worker.on("failed", (job) => {
    if (job?.finishedOn !== undefined) deadLetters.added();
  });

  async function run(job: Job<unknown, void>, token?: string): Promise<void> {
    const payload = options.payload.safeParse(job.data);
    if (!payload.success) throw new UnrecoverableError(`job ${job.id ?? ""} of ${queue.name} has an unknown shape`);
    const result = await options.process(payload.data, infoOf(job));
    switch (result.status) {
      case "done":
        return;
      case "retry":
        throw new Error(result.reason);
      case "dead":
        throw new UnrecoverableError(result.reason);
      case "held":
        throw Worker.RateLimitError();
      case "later":
        await job.moveToDelayed(Date.now() + withJitter(result.delayMs), token);
        throw new DelayedError();
    }
  }

  return {
    async hold(holdMs) {
      const until = Date.now() + holdMs;
      if (holdMs <= 0 || until <= heldUntil) return;
      heldUntil = until;
      await worker.rateLimit(Math.ceil(holdMs));
    },
    async close() {
      await worker.close();
      await deadLetters.close();
    },
  };
}

function infoOf(job: Job): JobInfo {
  const attempts = job.opts.attempts ?? 1;
  return {
    jobId: job.id ?? "",
    priority: job.priority,
    attemptsMade: job.attemptsMade,
    isLastAttempt: job.attemptsMade + 1 >= attempts,
  };
}

/** Jobs that wait for the same thing must not all come back in the same millisecond. */
function withJitter(delayMs: number): number {
  return Math.ceil(delayMs) + randomInt(0, 100);
}
