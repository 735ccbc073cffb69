import type { PoolClient } from "pg";
import type { Queryable } from "../database.ts";
import { naming } from "../errors.ts";

/** A ledger location that feeds a channel. */
export interface ChannelLocation {
  readonly locationId: string;
  /** The channel's own location or ship node; null where it has one number for all. */
  readonly externalLocationId: string | null;
}

/**
 * Replaces which ledger locations feed a channel. None: its default location alone.
 *
 * @throws {StoreError} `unknown_channel`
 */
export async function replaceLocations(
  client: PoolClient,
  channelId: string,
  locations: readonly ChannelLocation[],
): Promise<void> {
  await client.query("delete from channel_location where channel_id = $1", [channelId]);
  const insert = client.query(
    `insert into channel_location (channel_id, location_id, external_location_id)
     select $1, location_id, external_location_id from unnest($2::text[], $3::text[]) as u(location_id, external_location_id)
     on conflict do nothing`,
    [
      channelId,
      locations.map((location) => location.locationId),
      locations.map((location) => location.externalLocationId ?? ""),
    ],
  );
  await naming(insert);
}

/** What was set; empty: the channel's default location alone. */
export async function listChannelLocations(db: Queryable, channelId: string): Promise<ChannelLocation[]> {
  const { rows } = await db.query<ChannelLocation>(
    `select location_id as "locationId", nullif(external_location_id, '') as "externalLocationId"
     from channel_location where channel_id = $1 order by location_id, external_location_id`,
    [channelId],
  );
  return rows;
}

/**
 * From the channel's own location to the ledger's: the one mapped to it, else the channel's default. A channel location
 * fed by several ledger locations takes its orders from the default when that is one of them, else from the first.
 */
export function ledgerLocationOf(
  channel: { readonly defaultLocationId: string },
  locations: readonly ChannelLocation[],
  externalLocationId: string | null,
): string {
  const fitting = locations
    .filter((location) => location.externalLocationId === externalLocationId && externalLocationId !== null)
    .map((location) => location.locationId);
  if (fitting.includes(channel.defaultLocationId)) return channel.defaultLocationId;
  return fitting[0] ?? channel.defaultLocationId;
}
