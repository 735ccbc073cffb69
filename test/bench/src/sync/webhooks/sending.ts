import { z } from "zod";
import { Sender } from "./delivery-writer.ts";

/** What the sending process is told: plain data, since it is another process. */
export const Sending = z.object({
  sender: Sender,
  deliveries: z.int().positive(),
  connections: z.int().positive(),
  /** Absent: as fast as they are answered. */
  perSecond: z.number().positive().optional(),
});
export type Sending = z.infer<typeof Sending>;

/** What came of it. */
export const Sent = z.object({
  seconds: z.number(),
  /** Answered 200. */
  taken: z.int(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
});
export type Sent = z.infer<typeof Sent>;
