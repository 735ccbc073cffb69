import { ledgerLocationOf, type ChannelLocation } from "@lastunit/store";

/** Where a channel's units are. */
export interface ChannelLocations {
  readonly defaultLocationId: string;
  readonly locations: readonly ChannelLocation[];
}

/** The ledger's location for the channel's own, the default when none is named; null when it is not mapped. */
export function knownLocation(channel: ChannelLocations, externalLocationId: string | null): string | null {
  const { defaultLocationId, locations } = channel;
  if (externalLocationId === null) return defaultLocationId;
  if (locations.some((location) => location.externalLocationId === externalLocationId)) {
    return ledgerLocationOf(channel, locations, externalLocationId);
  }
  // A POS or warehouse system may use the ledger's own names.
  const own = [defaultLocationId, ...locations.map((location) => location.locationId)];
  return own.includes(externalLocationId) ? externalLocationId : null;
}

/** Where an order takes its units from: a sale is a fact and is recorded also when its location is not mapped. */
export function orderLocation(channel: ChannelLocations, externalLocationId: string | null): string {
  return knownLocation(channel, externalLocationId) ?? channel.defaultLocationId;
}
