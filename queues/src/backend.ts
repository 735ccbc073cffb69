import type { Processor, Queue, Worker } from "bullmq";

/**
 * Where jobs are kept. BullMQ's classes are the same for Redis and PostgreSQL; only their type parameters name the
 * backend, so both are handled as the plain `Queue` and `Worker` (which is also what Bull Board takes).
 */
export interface Backend {
  readonly kind: "redis" | "postgres";
  openQueue(name: string): Queue;
  openWorker(name: string, processor: Processor<unknown, void>, concurrency: number): Worker;
  /** Calls back when the connection returned after an outage; what was queued may be gone then. */
  onReconnect(listener: () => void): void;
  /** Ends the shared connections; queues and workers are closed before. */
  close(): Promise<void>;
}

/**
 * A killed worker's jobs run again within about 15 s instead of 60 s, and a job that was unlucky twice is not failed
 * for good (BullMQ's default allows one stall, whatever `attempts` says). After an outage of the server the worker is
 * back within a second, not 15.
 *
 * The limiter's own number is out of reach on purpose: BullMQ looks at a rate limit set by hand
 * (`rateLimit(ms)`) only in queues that have a limiter, and without it other workers would go on taking jobs.
 */
export const workerSettings = {
  lockDuration: 15_000,
  stalledInterval: 5_000,
  maxStalledCount: 5,
  runRetryDelay: 1_000,
  limiter: { max: 1_000_000, duration: 1_000 },
  removeOnComplete: { age: 24 * 3_600, count: 1_000 },
};
