import type { ChannelSignal } from "@lastunit/adapter-contract";
import { doubtShown, forgetShown } from "@lastunit/store";
import type { OpenChannel } from "../channels/open-channel.ts";
import type { InboundParts } from "./process-delivery.ts";

/** Signals move no stock by themselves. */
export async function heed(parts: InboundParts, open: OpenChannel, signals: readonly ChannelSignal[]): Promise<void> {
  for (const signal of signals) await heedOne(parts, open, signal);
}

async function heedOne(parts: InboundParts, open: OpenChannel, signal: ChannelSignal): Promise<void> {
  switch (signal.type) {
    case "disconnected":
      return parts.supervisor.disconnect(open.channel.channelId, signal.reason);
    case "quantity_shown":
      // What a channel says it shows is an echo of our write or of its own sale.
      if (signal.available !== null) return;
      await parts.queues.enqueuePushes(await forgetShown(parts.store, open.channel.channelId, signal));
      return;
    case "quantity_doubted":
      return doubtShown(parts.store, open.channel.channelId, signal);
  }
}
