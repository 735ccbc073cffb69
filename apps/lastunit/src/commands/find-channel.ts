import { z } from "zod";
import type { Remote } from "./remote.ts";

const channels = z.object({
  channels: z.array(z.object({ channel_id: z.string(), merchant_id: z.string(), channel_key: z.string() })),
});

/** A merchant's channel by its key. @throws naming those there are. */
export async function findChannelId(remote: Remote, channelKey: string, merchantId: string): Promise<string> {
  const { channels: known } = await remote.gateway(channels, "GET", "/v1/channels", { merchantId });
  const found = known.find((one) => one.channel_key === channelKey);
  if (found) return found.channel_id;
  const keys = known.map((one) => one.channel_key).join(", ") || "none";
  throw new Error(`Merchant ${merchantId} has no channel ${channelKey}. Its channels: ${keys}.`);
}
