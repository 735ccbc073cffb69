import type { ChannelAdapter } from "@lastunit/adapter-contract";
import { Problem } from "@lastunit/config/http";
import type { Channel } from "@lastunit/store";
import type { NewChannel } from "./schemas/connecting.ts";

/** Where a new channel's orders take their units from when nothing is said of locations at all. */
const USUAL = "default";

/** The default location of a channel that is connected: the one given, else the one it has, else the first that feeds it. */
export function defaultLocationOf(
  { default_location_id: given, locations }: Pick<NewChannel, "default_location_id" | "locations">,
  before: Channel | undefined,
): string {
  return given ?? before?.defaultLocationId ?? locations?.[0]?.location_id ?? USUAL;
}

/** Where a channel's orders take their units from when they name no location, and what feeds the channel. */
interface Feeding {
  /** Undefined: not said (yet). */
  readonly defaultLocationId: string | undefined;
  /** Undefined, or none: not said (yet), or the default location alone. */
  readonly locationIds: readonly string[] | undefined;
}

/**
 * Orders would take units from a location of which the channel shows nothing: it would go on to sell what is gone from
 * the others. A channel that is only heard from shows nothing anywhere.
 *
 * @throws {Problem} 400 that names the field.
 */
export function refuseIdleDefault(adapter: ChannelAdapter, { defaultLocationId, locationIds = [] }: Feeding): void {
  if (!adapter.capabilities.pushesInventory || defaultLocationId === undefined || locationIds.length === 0) return;
  if (locationIds.includes(defaultLocationId)) return;
  const known = [...new Set(locationIds)].join(", ");
  const message = `${defaultLocationId} feeds nothing on this channel: choose one of ${known}, or say in locations what it feeds`;
  const detail = "The default location must be one that feeds the channel.";
  throw new Problem(400, "invalid_request", detail, { extra: { errors: [{ field: "default_location_id", message }] } });
}
