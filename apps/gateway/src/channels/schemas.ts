import { channelKinds } from "@lastunit/adapter-contract";
import { z } from "zod";

/** Text the database can keep: no control characters, no half a surrogate pair. */
const text = z
  .string()
  .max(255)
  // oxlint-disable-next-line no-control-regex -- they are what is refused
  .regex(/^[^\u0000-\u001f\u007f]*$/u, "must not hold control characters")
  .refine((value) => value.isWellFormed(), "must be well-formed Unicode");

const locationId = text.min(1);
const whole = z.int().min(0).max(1_000_000_000);

/** What of the available units the channel is offered; see docs/architecture. */
const allocation = z.strictObject({
  safety_stock: whole.default(0),
  share: z.number().min(0).max(1).default(1),
  minimum: whole.default(0),
  cap: whole.nullable().default(null),
});

/** Which ledger locations feed the channel. */
const locations = z
  .array(z.strictObject({ location_id: locationId, external_location_id: text.default("") }))
  .min(1, "must name at least one, or the channel has nothing to show")
  .max(1_000);

/** `POST /v1/channels`. `credentials` and `settings` are the platform's own: see `GET /v1/platforms`. */
export const newChannel = z.strictObject({
  kind: z.enum(channelKinds),
  credentials: z.record(z.string(), z.string()),
  settings: z.record(z.string(), text).default({}),
  /** Where this channel's orders take their units from when they name no location. */
  default_location_id: locationId,
  /** Absent: the default location alone. */
  locations: locations.optional(),
  allocation: allocation.optional(),
});

export type NewChannel = z.infer<typeof newChannel>;

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

export const connected = z.object({
  channel_id: z.uuid(),
  channel_key: z.string(),
  /** Who we are connected as, in the platform's words. */
  account: z.string(),
  /** Where the platform must send its events; subscribed already where it can be. */
  webhook_url: z.string().nullable(),
  /** The import of its listings; a large catalog's goes on after the answer. */
  listings: importProgress,
  /** What works, but not yet as it should; one sentence each. */
  problems: z.array(z.string()),
});

export type Connected = z.infer<typeof connected>;

/** A merchant's way over a platform's consent page. */
export const consent = z.object({
  consent_id: z.uuid(),
  kind: z.string(),
  merchant_id: z.string(),
  /** `refused`: the merchant declined, or what came back was forged, too old or used already (`reason`); begin again. */
  status: z.enum(["waiting", "granted", "refused"]),
  reason: z.string().nullable(),
  expires_at: z.iso.datetime(),
});

/** `POST /v1/consents/{consent_id}/finish`; `locations` instead of those it was begun with. */
export const finishing = z.strictObject({ locations: locations.optional() }).nullish();

export const platforms = z.object({
  platforms: z.array(
    z.object({
      kind: z.enum(channelKinds),
      title: z.string(),
      /** The fields to fill in before the consent page (`POST /v1/consents`); null: the platform has none. */
      consent_asks: z.array(z.string()).nullable(),
      fields: z.array(
        z.object({
          name: z.string(),
          label: z.string(),
          help: z.string(),
          sensitive: z.boolean(),
          required: z.boolean(),
          /** Whether it belongs under `credentials` or `settings`. */
          part: z.enum(["credentials", "settings"]),
        }),
      ),
    }),
  ),
});

export const channelSummaries = z.object({
  channels: z.array(
    z.object({
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
    }),
  ),
});

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
          error: z.string().nullable(),
        }),
      ),
    }),
  ),
});
