import { z } from "zod";
import { isOfCall, isOfNotification } from "./fault-effects.ts";

/** The bodies of the control routes: the types of `Simulator`, field for field. */

const units = z.int().min(0);

const notifyPlan = z.strictObject({ copies: units.exactOptional(), delayMs: units.exactOptional() });

const line = z.strictObject({ sku: z.string(), quantity: z.int().min(1) });

export const accountSeed = z.strictObject({
  account: z.string(),
  listings: z.array(
    z.strictObject({
      sku: z.string(),
      quantity: units,
      title: z.string().exactOptional(),
      price: z.number().exactOptional(),
      barcode: z.string().exactOptional(),
      fulfilledByChannel: z.boolean().exactOptional(),
    }),
  ),
  permissions: z.array(z.string()).exactOptional(),
});

export const buyerOrder = z.strictObject({
  account: z.string(),
  lines: z.array(line).min(1),
  notify: notifyPlan.exactOptional(),
  pending: z.boolean().exactOptional(),
});

/** Of settling, shipping and cancelling. */
export const orderChange = z.strictObject({ account: z.string(), notify: notifyPlan.exactOptional() });

/** Of cancelling units of an order, and adding some. */
export const changedUnits = z.strictObject({
  account: z.string(),
  ...line.shape,
  notify: notifyPlan.exactOptional(),
});

/** Of refunding units of an order, and removing some. */
export const returnedUnits = z.strictObject({ ...changedUnits.shape, restock: z.boolean() });

export const stockedAt = z.strictObject({ account: z.string(), sku: z.string(), locationId: z.string() });

export const ofAccount = z.strictObject({ account: z.string() });

export const redelivery = z.strictObject({ account: z.string(), times: z.int().min(1) });

const effect = z.discriminatedUnion(
  "type",
  [
    z.strictObject({
      type: z.literal("status"),
      status: z.int().min(100).max(599),
      body: z.string().exactOptional(),
      headers: z.record(z.string(), z.string()).exactOptional(),
    }),
    z.strictObject({ type: z.literal("delay"), ms: units }),
    z.strictObject({ type: z.enum(["throttle", "reset", "lose_answer", "cut", "revoke"]) }),
    z.strictObject({ type: z.literal("duplicate_notification"), copies: z.int().min(2) }),
    z.strictObject({ type: z.literal("delay_notification"), ms: units }),
    z.strictObject({ type: z.enum(["lose_notification", "reorder_notification"]) }),
    z.strictObject({ type: z.literal("stick_feed") }),
  ],
  {
    error:
      'must be {"type": "…"} with one of: status, delay, throttle, reset, lose_answer, cut, revoke (what happens to a ' +
      "call); lose_notification, duplicate_notification, delay_notification, reorder_notification; stick_feed",
  },
);

export const fault = z
  .strictObject({
    operation: z.string().exactOptional(),
    topic: z.string().exactOptional(),
    account: z.string().exactOptional(),
    after: units.exactOptional(),
    times: z.int().min(1).exactOptional(),
    effect,
  })
  .superRefine(({ operation, topic, effect }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (operation !== undefined && !isOfCall(effect))
      refuse("operation", `${effect.type} does not happen to calls: leave it out`);
    if (topic !== undefined && !isOfNotification(effect)) {
      refuse("topic", `${effect.type} does not happen to notifications: leave it out`);
    }
  });
