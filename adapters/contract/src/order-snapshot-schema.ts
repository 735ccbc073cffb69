import { z } from "zod";
import type { OrderSnapshot } from "./orders.ts";

const reversal = z.object({
  key: z.string(),
  quantity: z.number(),
  reason: z.enum(["order_cancelled", "order_returned"]),
  externalLocationId: z.string().nullable(),
  occurredAt: z.string(),
});

const line = z.object({
  lineId: z.string(),
  item: z.object({ refs: z.array(z.string()), sku: z.string().nullable() }),
  externalLocationId: z.string().nullable(),
  quantity: z.number(),
  state: z.enum(["pending", "sold", "cancelled_pending"]),
  reversals: z.array(reversal),
});

/** Reads a snapshot that was kept as JSON; stored ones outlive deploys. */
export const orderSnapshotSchema: z.ZodType<OrderSnapshot> = z.object({
  orderId: z.string(),
  placedAt: z.string(),
  lines: z.array(line),
});
