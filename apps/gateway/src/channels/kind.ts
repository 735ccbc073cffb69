import { channelKinds, type ChannelAdapter } from "@lastunit/adapter-contract";
import type { Channel } from "@lastunit/store";
import { z } from "zod";
import type { GatewayParts } from "../options.ts";

const channelKind = z.enum(channelKinds);

/** A stored channel's adapter; undefined when this version does not know its kind. */
export function adapterOf(parts: Pick<GatewayParts, "adapters">, channel: Channel): ChannelAdapter | undefined {
  const kind = channelKind.safeParse(channel.kind).data;
  return kind && parts.adapters[kind];
}
