import { Problem } from "@lastunit/config/http";
import { listChannels, type Channel } from "@lastunit/store";
import { z } from "zod";
import type { GatewayParts } from "../options.ts";
import { channelOfMerchant } from "./find-channel.ts";
import type { Account } from "./keep-channel.ts";
import type { NewChannel } from "./schemas/connecting.ts";

/** Settings of any platform. */
export const storedSettings = z.record(z.string(), z.string());

/**
 * A request with the settings that the channel it names, else the account's, has already, under those it gives. What it
 * gives empty is taken away.
 *
 * @throws {Problem} 404 when the merchant has no such channel, 409 when it is another platform's.
 */
export async function withKnownSettings(
  parts: GatewayParts,
  merchantId: string,
  request: NewChannel,
): Promise<NewChannel> {
  const { channel_id: channelId, kind } = request;
  const given = filledIn(request.settings);
  const channel =
    channelId === undefined
      ? await channelOfAccount(parts, merchantId, channelKeyOf(parts, kind, given))
      : await channelOfMerchant(parts, merchantId, channelId);
  if (channel && channel.kind !== kind) throw anotherAccount(channel, kind);
  return { ...request, settings: { ...given, ...notGiven(request, channel) } };
}

/**
 * The settings that a consent granted. Where the request names no channel, it is known now whose account it is, and what
 * its channel has stays that the request does not give, such as a marketplace for which the platform's usual one was granted.
 */
export async function withAccountsSettings(
  parts: GatewayParts,
  merchantId: string,
  request: NewChannel,
  granted: object,
): Promise<object> {
  // The channel's were taken in when it was begun.
  if (request.channel_id !== undefined) return granted;
  const channel = await channelOfAccount(parts, merchantId, channelKeyOf(parts, request.kind, granted));
  return { ...granted, ...notGiven(request, channel) };
}

/** What was filled in, without what was left or made empty. */
export function filledIn(given: { readonly [name: string]: string }): Record<string, string> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
}

/** The settings a channel has that a request does not give, not even empty. */
function notGiven({ settings: given }: NewChannel, channel: Channel | undefined): Record<string, string> {
  const known = Object.entries(channel ? storedSettings.parse(channel.settings) : {});
  return Object.fromEntries(known.filter(([name]) => given[name] === undefined));
}

/** @returns undefined when the settings don't say whose account it is. */
function channelKeyOf({ adapters }: GatewayParts, kind: NewChannel["kind"], settings: object): string | undefined {
  const read = adapters[kind].settings.safeParse(settings);
  return read.success ? `${kind}:${adapters[kind].accountOf(read.data)}` : undefined;
}

async function channelOfAccount(
  { store }: GatewayParts,
  merchantId: string,
  channelKey: string | undefined,
): Promise<Channel | undefined> {
  return (await listChannels(store, { merchantId })).find((channel) => channel.channelKey === channelKey);
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
  const found = await channelOfAccount(parts, merchantId, channelKey);
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
