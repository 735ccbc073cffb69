import { Problem } from "@lastunit/config/http";
import { listChannels, type Channel } from "@lastunit/store";
import { z } from "zod";
import type { GatewayParts } from "../options.ts";
import { channelOfMerchant } from "./find-channel.ts";
import type { Account } from "./keep-channel.ts";
import type { NewChannel } from "./schemas.ts";

const storedSettings = z.record(z.string(), z.string());

/**
 * A request to connect a channel again, with the channel's settings where it gives none; another one as it is.
 *
 * @throws {Problem} 404 when the merchant has no such channel, 409 when it is another platform's.
 */
export async function withKnownSettings(
  parts: GatewayParts,
  merchantId: string,
  request: NewChannel,
): Promise<NewChannel> {
  const { channel_id: channelId, kind, settings } = request;
  if (channelId === undefined) return request;
  const channel = await channelOfMerchant(parts, merchantId, channelId);
  if (channel.kind !== kind) throw anotherAccount(channel, kind);
  return { ...request, settings: { ...storedSettings.parse(channel.settings), ...settings } };
}

/**
 * The merchant's channel that a wish is about: the one it names, else the account's when that waits to be connected
 * again; undefined for a new one.
 *
 * @throws {Problem} 404; 409 when the account is connected and the channel not named, or is not the named channel's.
 */
export async function channelToConnect(
  parts: GatewayParts,
  { merchantId, channelKey }: Pick<Account, "merchantId" | "channelKey">,
  channelId: string | undefined,
): Promise<Channel | undefined> {
  if (channelId !== undefined) {
    const channel = await channelOfMerchant(parts, merchantId, channelId);
    if (channel.channelKey !== channelKey) throw anotherAccount(channel, channelKey);
    return channel;
  }
  const channels = await listChannels(parts.store, { merchantId });
  const found = channels.find((channel) => channel.channelKey === channelKey);
  if (found && found.status !== "needs_reconnect") throw taken(found);
  return found;
}

/** Not connected again unasked: a name that was typed twice would change which account a channel is. */
function taken({ channelId, channelKey }: Channel): Problem {
  const detail =
    `This merchant already has a channel for that account, ${channelKey}. To give it new credentials of the same account, ` +
    'connect it again: "Connect again" on its page in the console, `lastunit connect --again`, or its `channel_id` in ' +
    "the request.";
  return new Problem(409, "channel_key_taken", detail, { extra: { channel_id: channelId } });
}

function anotherAccount({ channelKey }: Channel, given: string): Problem {
  const detail = `The channel is ${channelKey}, and what was given is of ${given}. Connect another account as a channel of its own.`;
  return new Problem(409, "another_account", detail);
}
