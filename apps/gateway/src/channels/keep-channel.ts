import type { ChannelAdapter } from "@lastunit/adapter-contract";
import { Problem } from "@lastunit/config/http";
import {
  createChannel,
  ensureMerchant,
  listChannels,
  saveCredentials,
  reviseChannel,
  setAllocation,
  setChannelLocations,
  StoreError,
  type Channel,
  type ChannelLocation,
} from "@lastunit/store";
import type { GatewayParts } from "../options.ts";
import { storedCredentials } from "./credentials.ts";
import type { ConnectWish } from "./connect.ts";

/**
 * What a channel says of itself until it is connected. It begins as one that must be connected again, so that whatever
 * cuts connecting short (a failure, a crash) leaves a channel that connecting again completes.
 */
const UNFINISHED = "It is being connected. If this stays, connect it again.";

/** What was proved of an account, ready to be kept. */
export interface Account {
  readonly merchantId: string;
  readonly channelId: string;
  readonly channelKey: string;
  readonly settings: unknown;
  readonly credentials: unknown;
  /** Undefined: none were named. */
  readonly locations: readonly ChannelLocation[] | undefined;
}

/**
 * The merchant's channel for the account, when it waits to be connected again.
 *
 * @throws {Problem} 409 when the account is connected.
 */
export async function findUnconnected(
  parts: GatewayParts,
  merchantId: string,
  channelKey: string,
): Promise<Channel | undefined> {
  const channels = await listChannels(parts.store, { merchantId });
  const found = channels.find((channel) => channel.channelKey === channelKey);
  if (found && found.status !== "needs_reconnect") {
    throw new Problem(409, "channel_key_taken", "This merchant already has a channel for that account.");
  }
  return found;
}

/** Keeps the channel, its secrets encrypted; it is not used before it is set active. @throws {Problem} 400, 409 */
export async function keepChannel(
  parts: GatewayParts,
  adapter: ChannelAdapter,
  wish: ConnectWish,
  account: Account,
): Promise<Channel> {
  const { store, vault } = parts;
  const { channelId } = account;
  try {
    await ensureMerchant(store, vault, account.merchantId);
    const channel = (await connectAgain(parts, wish, account)) ?? (await addChannel(parts, adapter, wish, account));
    await saveCredentials(store, vault, channel, storedCredentials.parse(account.credentials));
    if (account.locations) await setChannelLocations(store, channelId, account.locations);
    return channel;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new Problem(error.code === "channel_key_taken" ? 409 : 400, error.code, error.message);
  }
}

function addChannel(
  { store }: GatewayParts,
  adapter: ChannelAdapter,
  wish: ConnectWish,
  account: Account,
): Promise<Channel> {
  const { merchantId, channelId, channelKey, settings } = account;
  return createChannel(store, {
    merchantId,
    channelId,
    channelKey,
    settings,
    kind: wish.kind,
    defaultLocationId: wish.default_location_id,
    ...adapter.capabilities,
    ...allocationOf(wish),
    status: "needs_reconnect",
    statusReason: UNFINISHED,
  });
}

/** The channel again, as it is now wanted; undefined when there is none. Its listings and history stay. */
async function connectAgain(
  { store }: GatewayParts,
  wish: ConnectWish,
  { channelId, settings }: Account,
): Promise<Channel | undefined> {
  const channel = await reviseChannel(store, channelId, { settings, defaultLocationId: wish.default_location_id });
  const allocation = allocationOf(wish);
  if (channel && allocation) await setAllocation(store, channelId, allocation);
  return channel;
}

function allocationOf({ allocation }: ConnectWish) {
  if (!allocation) return undefined;
  const { safety_stock: safetyStock, share, minimum, cap } = allocation;
  return { safetyStock, share, minimum, cap };
}
