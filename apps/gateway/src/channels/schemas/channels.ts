import { z } from "zod";
import { cap, locationId, locations, share, time, whole } from "./fields.ts";

/** `PATCH /v1/channels/{channel_id}`; what is absent stays as it is. */
export const revisedChannel = z
  .strictObject({
    default_location_id: locationId.optional(),
    /** All of them, in place of those there were. */
    locations: locations.optional(),
    allocation: z
      .strictObject({ safety_stock: whole, share, minimum: whole, cap })
      .partial()
      .refine(saysSomething, "must say safety_stock, share, minimum or cap")
      .optional(),
  })
  .refine(saysSomething, "must say what to change: allocation, locations or default_location_id");

function saysSomething(told: object): boolean {
  return Object.values(told).some((value) => value !== undefined);
}

const channelSummary = z.object({
  channel_id: z.uuid(),
  merchant_id: z.string(),
  kind: z.string(),
  channel_key: z.string(),
  status: z.string(),
  status_reason: z.string().nullable(),
  webhook_url: z.string().nullable(),
  /** What the last daily look found wrong, one sentence each. */
  problems: z.array(z.string()),
  /** What the merchant must renew, and by when; null: nothing is known to end. */
  renew_by: z.object({ at: z.iso.datetime(), what: z.string() }).nullable(),
  listings: z.int(),
  in_sync: z.int(),
  behind: z.int(),
  refused: z.int(),
  /** Those that can't be synced. */
  unsupported: z.int(),
});

export const channelSummaries = z.object({ channels: z.array(channelSummary) });

/** A channel, and what its merchant needs to know when something is wrong. */
export const channelDetail = channelSummary.extend({
  /** False: it is only heard from, nothing is written there. */
  pushes_inventory: z.boolean(),
  /** What it was connected with, but for its credentials. */
  settings: z.record(z.string(), z.string()),
  default_location_id: z.string(),
  /** Which ledger locations feed which of the channel's (null: all of it); empty: the default location alone. */
  locations: z.array(z.object({ location_id: z.string(), external_location_id: z.string().nullable() })),
  /** For every listing that has none of its own. */
  allocation: z.object({ safety_stock: z.int(), share: z.number(), minimum: z.int(), cap: z.int().nullable() }),
  /** Every order that was changed before then is in the ledger. */
  orders_polled_at: time,
  /** Over the last hour: calls for a listing, the newest that was accepted, and the newest that was not. */
  pushes: z.int(),
  last_accepted_at: time,
  last_failure: z.object({ sku: z.string(), at: z.iso.datetime(), message: z.string() }).nullable(),
  /**
   * Deliveries that name something unmapped: they are tried again when a listing is mapped to it by an import, or `locations`
   * or the default location are given anew.
   */
  unmapped_deliveries: z.int(),
  /** Deliveries about which the channel must be asked: they are tried again once it is connected again. */
  waiting_deliveries: z.int(),
});
