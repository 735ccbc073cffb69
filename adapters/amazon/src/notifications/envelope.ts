import { z } from "zod";

const Pascal = z.object({
  NotificationType: z.string().min(1),
  Payload: z.unknown(),
  NotificationMetadata: z.object({ NotificationId: z.string().min(1) }),
});
const Camel = z.object({
  notificationType: z.string().min(1),
  payload: z.unknown(),
  notificationMetadata: z.object({ notificationId: z.string().min(1) }),
});

/** A notification of either spelling: ORDER_CHANGE and LISTINGS_* begin their names with a capital, others don't. */
export const Envelope = z.union([
  Pascal.transform((one) => ({
    type: one.NotificationType,
    id: one.NotificationMetadata.NotificationId,
    payload: one.Payload,
  })),
  Camel.transform((one) => ({
    type: one.notificationType,
    id: one.notificationMetadata.notificationId,
    payload: one.payload,
  })),
]);
export type Envelope = z.infer<typeof Envelope>;
