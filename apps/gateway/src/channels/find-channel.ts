import { Problem } from "@lastunit/config/http";
import { findChannel, type Channel } from "@lastunit/store";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Callers } from "../access/callers.ts";
import type { GatewayParts } from "../options.ts";

export const channelParams = z.object({ channel_id: z.uuid() });

/** The caller's channel of that id. @throws {Problem} 401; 404 when there is none, or it is another merchant's. */
export async function channelOf(
  parts: GatewayParts,
  callers: Callers,
  request: FastifyRequest<{ Params: z.infer<typeof channelParams> }>,
): Promise<Channel> {
  return await channelOfMerchant(parts, await callers.scope(request), request.params.channel_id);
}

/** @param merchantId null: any merchant's. @throws {Problem} 404 when there is none, or it is another merchant's. */
export async function channelOfMerchant(
  { store }: GatewayParts,
  merchantId: string | null,
  channelId: string,
): Promise<Channel> {
  const channel = await findChannel(store, channelId);
  if (channel && (merchantId === null || channel.merchantId === merchantId)) return channel;
  throw unknownChannel();
}

export function unknownChannel(): Problem {
  return new Problem(404, "unknown_channel", "There is no such channel.");
}
