import { channelKinds, type ChannelKind } from "@lastunit/adapter-contract";

/** @throws when the stored kind is not one that this build can talk to. */
export function kindOf(channel: { readonly kind: string; readonly channelKey: string }): ChannelKind {
  const kind = channelKinds.find((known) => known === channel.kind);
  if (!kind) throw new Error(`channel ${channel.channelKey} is of a kind this version does not know: ${channel.kind}`);
  return kind;
}
