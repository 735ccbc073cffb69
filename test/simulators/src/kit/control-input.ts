import { z } from "zod";

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

/** Of settling and cancelling. */
export const orderChange = z.strictObject({ account: z.string(), notify: notifyPlan.exactOptional() });

export const refund = z.strictObject({
  account: z.string(),
  ...line.shape,
  restock: z.boolean(),
  notify: notifyPlan.exactOptional(),
});

export const redelivery = z.strictObject({ account: z.string(), times: z.int().min(1) });

export const fault = z.strictObject({
  operation: z.string().exactOptional(),
  account: z.string().exactOptional(),
  times: z.int().min(1).exactOptional(),
  effect: z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("status"),
      status: z.int().min(100).max(599),
      body: z.string().exactOptional(),
      headers: z.record(z.string(), z.string()).exactOptional(),
    }),
    z.strictObject({ type: z.literal("delay"), ms: units }),
    z.strictObject({ type: z.enum(["throttle", "reset", "lose_answer", "cut", "revoke"]) }),
  ]),
});
