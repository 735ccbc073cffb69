import type { ChannelAdapter } from "@lastunit/adapter-contract";
import {
  createChannel,
  ensureMerchant,
  saveCredentials,
  reviseChannel,
  reviseOffer,
  type Channel,
  type ChannelLocation,
} from "@lastunit/store";
import type { GatewayParts } from "../options.ts";
import { storedCredentials } from "./credentials.ts";
import type { ConnectWish } from "./connect.ts";
import { enqueueChanged } from "./enqueue-changed.ts";

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
  readonly defaultLocationId: string;
  /** Undefined: none were named. */
  readonly locations: readonly ChannelLocation[] | undefined;
}

/**
 * Keeps the channel, its secrets encrypted; a new one is not used before it is set active. The listings and history of one
 * that is connected again stay.
 *
 * @throws {StoreError} `allocation_malformed`, `channel_key_taken`, `credentials_busy`
 */
export async function keepChannel(
  parts: GatewayParts,
  adapter: ChannelAdapter,
  wish: ConnectWish,
  account: Account,
): Promise<Channel> {
  const { store, vault } = parts;
  const { channelId } = account;
  await ensureMerchant(store, vault, account.merchantId);
  const known = await reviseChannel(store, channelId, { settings: account.settings, ...adapter.capabilities });
  const channel = known ?? (await addChannel(parts, adapter, account));
  await saveCredentials(store, vault, channel, storedCredentials.parse(account.credentials));
  const changed = await reviseOffer(store, channelId, {
    allocation: allocationOf(wish),
    locations: account.locations,
    defaultLocationId: wish.default_location_id,
  });
  await enqueueChanged(parts, channel, changed);
  return channel;
}

function addChannel({ store }: GatewayParts, adapter: ChannelAdapter, account: Account): Promise<Channel> {
  const { merchantId, channelId, channelKey, settings, defaultLocationId } = account;
  return createChannel(store, {
    merchantId,
    channelId,
    channelKey,
    settings,
    kind: adapter.kind,
    defaultLocationId,
    ...adapter.capabilities,
    status: "needs_reconnect",
    statusReason: UNFINISHED,
  });
}

function allocationOf({ allocation }: ConnectWish) {
  if (!allocation) return undefined;
  const { safety_stock: safetyStock, share, minimum, cap } = allocation;
  return { safetyStock, share, minimum, cap };
}
