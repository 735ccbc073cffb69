import { channelKinds } from "@lastunit/adapter-contract";
import { z } from "zod";
import { cap, locationId, locations, share, text, whole } from "./fields.ts";
import { importProgress } from "./imports.ts";

/** What of the available units the channel is offered; see "What a listing shows" in ARCHITECTURE.md. */
const allocation = z.strictObject({
  safety_stock: whole.default(0),
  share: share.default(1),
  minimum: whole.default(0),
  /** Null: none. */
  cap: cap.default(null),
});

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
