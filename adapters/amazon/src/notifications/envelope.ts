import { z } from "zod";

const Pascal = z.object({
  NotificationType: z.string().min(1),
  EventTime: z.iso.datetime({ offset: true }).optional(),
  Payload: z.unknown(),
  NotificationMetadata: z.object({ NotificationId: z.string().min(1) }),
});
const Camel = z.object({
  notificationType: z.string().min(1),
  eventTime: z.iso.datetime({ offset: true }).optional(),
  payload: z.unknown(),
  notificationMetadata: z.object({ notificationId: z.string().min(1) }),
});

/** A notification of either spelling: ORDER_CHANGE and LISTINGS_* begin their names with a capital, others don't. */
export const Envelope = z.union([
  Pascal.transform((one) => ({
    type: one.NotificationType,
    id: one.NotificationMetadata.NotificationId,
    eventTime: one.EventTime,
    payload: one.Payload,
  })),
  Camel.transform((one) => ({
    type: one.notificationType,
    id: one.notificationMetadata.notificationId,
    eventTime: one.eventTime,
    payload: one.payload,
  })),
]);
export type Envelope = z.infer<typeof Envelope>;
