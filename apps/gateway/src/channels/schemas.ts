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
const UNITS = "must be a whole number of units, 0 to 1,000,000,000";
const whole = z.int(UNITS).min(0, UNITS).max(1_000_000_000, UNITS);
const SHARE = "must be a number from 0 to 1, such as 0.5 for half of what is available";
const share = z.number(SHARE).min(0, SHARE).max(1, SHARE);
const cap = whole.nullable();

/** What of the available units the channel is offered; see "What a listing shows" in ARCHITECTURE.md. */
const allocation = z.strictObject({
  safety_stock: whole.default(0),
  share: share.default(1),
  minimum: whole.default(0),
  /** Null: none. */
  cap: cap.default(null),
});

/** Which ledger locations feed the channel. */
const locations = z
  .array(z.strictObject({ location_id: locationId, external_location_id: text.default("") }))
  .min(1, "must name at least one, or the channel has nothing to show")
  .max(1_000)
  .refine(areDistinct, "must not name the same two locations twice");

function areDistinct(pairs: readonly { location_id: string; external_location_id: string }[]): boolean {
  return (
    new Set(pairs.map((pair) => JSON.stringify([pair.location_id, pair.external_location_id]))).size === pairs.length
  );
}

/** `POST /v1/channels`. `credentials` and `settings` are the platform's own: see `GET /v1/platforms`. */
export const newChannel = z.strictObject({
  kind: z.enum(channelKinds),
  /** A channel to connect again, with all its credentials anew; what else is absent stays as it is. */
  channel_id: z.uuid().optional(),
  credentials: z.record(z.string(), z.string()),
  /** One that is given empty is taken away. */
  settings: z.record(z.string(), text).default({}),
  /**
   * Where this channel's orders take their units from when they name no location. Absent: as it is; for a new channel
   * the first of `locations`, without them `default`.
   */
  default_location_id: locationId.optional(),
  /** Absent: the default location alone. */
  locations: locations.optional(),
  allocation: allocation.optional(),
});

export type NewChannel = z.infer<typeof newChannel>;

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

/** `POST /v1/consents/{consent_id}/finish`: what to take instead of what it was begun with. */
export const finishing = z
  .strictObject({ locations: locations.optional(), default_location_id: locationId.optional() })
  .nullish();

export type Finishing = z.infer<typeof finishing>;

export const platforms = z.object({
  platforms: z.array(
    z.object({
      kind: z.enum(channelKinds),
      title: z.string(),
      /** The fields to fill in before the consent page (`POST /v1/consents`); null: the platform has none. */
      consent_asks: z.array(z.string()).nullable(),
      /** The optional credentials that may be given with those: the page can't grant them. */
      consent_takes: z.array(z.string()),
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

const time = z.iso.datetime().nullable();

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
});

export const listingsQuery = z.object({
  sku: text.optional(),
  /** Only those that do not show what they must. */
  behind: z.stringbool().default(false),
  /** Where to go on: `next` of the page before. */
  after: z.string().max(2_000).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

const errorReason = z
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
