import { z } from "zod";

/** What every notification looks like (eBay Notification API docs, AsyncAPI contracts); `data` depends on the topic. */
export const Envelope = z.object({
  metadata: z.object({ topic: z.string().min(1) }),
  notification: z.object({
    notificationId: z.string().min(1),
    publishDate: z.iso.datetime({ offset: true }),
    data: z.unknown(),
  }),
});
export type Envelope = z.infer<typeof Envelope>;

/** Undefined when the body is not a notification. */
export function readEnvelope(body: Uint8Array): Envelope | undefined {
  try {
    return Envelope.parse(JSON.parse(Buffer.from(body).toString("utf8")));
  } catch {
    return undefined;
  }
}
