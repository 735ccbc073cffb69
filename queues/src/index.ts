export { INBOUND_QUEUE, POLL_QUEUE, pushQueueName, type InboundJob, type PollJob, type PushJob } from "./jobs.ts";
export type { PaceLimit } from "./pace-settings.ts";
export type { Pacer } from "./pacer.ts";
export { createPacers } from "./pacers.ts";
export { createQueues, type Process, type PushWish, type Queues } from "./queues.ts";
export type { JobInfo, JobResult, RunningWorker } from "./work.ts";
