import { z } from "zod";
import { text } from "./fields.ts";
import { errorReason } from "./listings.ts";

export const stockQuery = z.object({
  /** Only SKUs that contain this text. */
  sku: text.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export const stockOverview = z.object({
  as_of: z.int(),
  stock: z.array(
    z.object({
      merchant_id: z.string(),
      sku: z.string(),
      on_hand: z.int(),
      reserved: z.int(),
      available: z.int(),
      listings: z.array(
        z.object({
          channel_key: z.string(),
          /** What must be shown, and what is shown as far as we know (null: unknown). */
          target: z.int(),
          shown: z.int().nullable(),
          error_reason: errorReason,
          error: z.string().nullable(),
        }),
      ),
    }),
  ),
});
