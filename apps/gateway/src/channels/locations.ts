import type { ChannelAdapter, ExternalLocation } from "@lastunit/adapter-contract";
import { Problem } from "@lastunit/config/http";
import type { ChannelLocation } from "@lastunit/store";
import type { NewChannel } from "./schemas/connecting.ts";

/**
 * Which ledger locations feed which of the account's. A channel that is only heard from shows nothing and names its places
 * itself: they are what is said.
 *
 * @param wished undefined: the channel's default location feeds all there is.
 * @param external tells the account's own locations; none where it has one number for all.
 * @throws {Problem} 422 `locations_required` where each of several would show all the stock, `unknown_location` for one
 *   that the account does not have; both with the account's `locations`.
 */
export async function locationsOf(
  { capabilities }: ChannelAdapter,
  wished: NewChannel["locations"],
  external: () => Promise<readonly ExternalLocation[]>,
): Promise<readonly ChannelLocation[] | undefined> {
  if (capabilities.pushesInventory) refuseMisfits(wished, await external());
  return wished?.map((one) => ({ locationId: one.location_id, externalLocationId: one.external_location_id }));
}

function refuseMisfits(wished: NewChannel["locations"], external: readonly ExternalLocation[]): void {
  const isAmbiguous = wished === undefined || wished.some((one) => one.external_location_id === "");
  if (isAmbiguous && external.length > 1) {
    const detail = "This account has several locations: say in `locations` which ledger location feeds which.";
    throw new Problem(422, "locations_required", detail, { extra: told(external) });
  }
  const known = new Set(["", ...external.map((one) => one.externalLocationId)]);
  const unknown = wished?.find((one) => !known.has(one.external_location_id));
  if (unknown) {
    const has = external.map((one) => `${one.externalLocationId} (${one.name})`).join(", ");
    const detail = `This account has no location ${unknown.external_location_id}. It has: ${has || "none of its own"}.`;
    throw new Problem(422, "unknown_location", detail, { extra: told(external) });
  }
}

function told(external: readonly ExternalLocation[]) {
  return { locations: external.map((one) => ({ external_location_id: one.externalLocationId, name: one.name })) };
}
