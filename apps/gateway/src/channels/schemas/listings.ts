import { z } from "zod";
import { text, time } from "./fields.ts";

export const listingsQuery = z.object({
  /** Only this SKU's. */
  sku: text.optional(),
  /** Only those that do not show what they must. */
  behind: z.stringbool().default(false),
  /** Where to go on: `next` of the page before. */
  after: z.string().max(2_000).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

export const errorReason = z
  .enum(["refused", "revisions_spent"])
  .nullable()
  .describe(
    "Null: nothing is wrong. refused: the channel takes none of it, and its words (`error`) say what to mend; it is tried " +
      "again when its stock or settings change, or it is imported again. revisions_spent: the channel takes no more " +
      "changes of it for now; it goes on by itself.",
  );

const listing = z.object({
  listing_id: z.uuid(),
  sku: z.string(),
  title: z.string(),
  external_id: z.string(),
  external_location_id: z.string().nullable(),
  /** Why nothing is written to it; null: it is synced. */
  unsupported: z.string().nullable(),
  /** What it must show now, and what it shows as far as we know; null: unknown (`target`: the ledger knows no such SKU). */
  target: z.int().nullable(),
  shown: z.int().nullable(),
  error_reason: errorReason,
  /** The channel's own words for it. */
  error: z.string().nullable(),
});

export const listings = z.object({ listings: z.array(listing), next: z.string().nullable() });

/** A listing's number, explained. */
export const listingExplained = listing.extend({
  /** Why `desired` is what it is; null while the ledger knows no such SKU. */
  desired: z
    .object({
      quantity: z.int(),
      /** The ledger position it is based on. */
      position: z.int(),
      /** Units available over the locations that feed the listing, and at each of them. */
      available: z.int(),
      locations: z.record(z.string(), z.int()),
      safety_stock: z.int(),
      share: z.number(),
      minimum: z.int(),
      cap: z.int().nullable(),
      paused: z.boolean(),
      /** Units the channel sold that the ledger has not heard of yet: `target` = `quantity` less these. */
      unseen_units: z.int(),
    })
    .nullable(),
  shown_position: z.int().nullable(),
  shown_at: time,
  /** The newest pushes first; kept for some days. */
  pushes: z.array(
    z.object({
      quantity: z.int(),
      position: z.int(),
      requested_at: z.iso.datetime(),
      answered_at: z.iso.datetime(),
      outcome: z.enum(["accepted", "stale", "rejected", "retry", "failed"]),
      detail: z.string().nullable(),
    }),
  ),
});
