import type { Queues } from "@lastunit/queues";

/** What the hub needs of the queues. */
export type PushQueues = Pick<Queues, "enqueuePushes">;
export type HubQueues = Pick<Queues, "enqueuePushes" | "enqueueBehind" | "enqueueInbound" | "schedulePolls">;
