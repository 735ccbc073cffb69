import { z } from "zod";

/** How far an import of a channel's listings is. */
export const importProgress = z.object({
  /** `waiting`: the platform does not answer or asked for patience (`error`); it goes on by itself. */
  status: z.enum(["running", "waiting", "finished"]),
  /** Found so far: those that can be synced, and those that can't. */
  imported: z.int(),
  unsupported: z.int(),
  /** How many there are in all; null: the platform does not tell. */
  total: z.int().nullable(),
  error: z.string().nullable(),
});

/** The last import, and how all the channel's listings were matched to the merchant's SKUs. */
export const importReport = importProgress.extend({
  matched: z.object({
    exact: z.int(),
    normalized: z.int(),
    barcode: z.int(),
    /** Several known SKUs fit: nothing was chosen. */
    ambiguous: z.int(),
    /** Nothing known fits: the channel's own text stands for the SKU. */
    unmatched: z.int(),
  }),
  /** The first hundred of the ambiguous and unmatched ones. */
  not_matched: z.array(
    z.object({
      listing_id: z.uuid(),
      channel_sku: z.string(),
      barcode: z.string().nullable(),
      title: z.string(),
      candidates: z.array(z.string()),
    }),
  ),
});
