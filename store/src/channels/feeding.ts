/**
 * Whether no ledger location feeds a listing where it is; SQL. Nothing would be available there, and a 0 from us would empty
 * a location that we were not told to touch. Without a mapping the channel's default location feeds all there is.
 *
 * @param channelId as `externalLocationId`, SQL of what the listing has ('': it is at no place of its own), with its table's name.
 */
export function isUnfed(channelId: string, externalLocationId: string): string {
  return `(${externalLocationId} <> ''
    and exists (select from channel_location fed where fed.channel_id = ${channelId})
    and not exists (
      select from channel_location fed
      where fed.channel_id = ${channelId} and fed.external_location_id in ('', ${externalLocationId})))`;
}

/** What such a listing says why it can't be synced; SQL. */
export function unfedReason(externalLocationId: string): string {
  return `'No ledger location feeds its location ' || ${externalLocationId} || ', so it is left alone.'`;
}
