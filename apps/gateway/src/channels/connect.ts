import { randomUUID } from "node:crypto";
import {
  ChannelError,
  type ChannelAdapter,
  type ChannelSession,
  type ConnectionReport,
} from "@lastunit/adapter-contract";
import { Problem } from "@lastunit/config/http";
import {
  findImport,
  listChannelLocations,
  saveChannelHealth,
  saveWebhookUrl,
  setChannelStatus,
  type Channel,
  type ChannelLocation,
} from "@lastunit/store";
import type { GatewayParts } from "../options.ts";
import { webhookUrl } from "../webhooks/url.ts";
import { carriedOver, credentialsOf, DraftCredentials } from "./credentials.ts";
import { progressOf, startedImport } from "./import-routes.ts";
import type { Imports } from "./imports.ts";
import { channelToConnect } from "./again.ts";
import { defaultLocationOf, refuseIdleDefault } from "./default-location.ts";
import { keepChannel, type Account } from "./keep-channel.ts";
import { locationsOf } from "./locations.ts";
import { callContext, withSession } from "./open-session.ts";
import { notConnected, refusing } from "./platform-problems.ts";
import type { Connected, NewChannel } from "./schemas/connecting.ts";

/** A channel to connect, its account read by the adapter's own schemas. */
export type ConnectWish = Omit<NewChannel, "credentials" | "settings"> & {
  readonly credentials: unknown;
  readonly settings: unknown;
};
export type Connect = (merchantId: string, wish: ConnectWish) => Promise<Connected>;

/** A call that comes while the same account is being connected is refused: a second click must not undo the first. */
export function createConnect(parts: GatewayParts, imports: Imports): Connect {
  const underWay = new Set<string>();
  return async (merchantId, wish) => {
    const adapter = parts.adapters[wish.kind];
    const channelKey = `${wish.kind}:${adapter.accountOf(wish.settings)}`;
    const account = `${merchantId} ${channelKey}`;
    if (underWay.has(account)) throw new Problem(409, "being_connected", "This account is being connected right now.");
    underWay.add(account);
    try {
      return await connectChannel(parts, imports, adapter, { merchantId, channelKey }, wish);
    } finally {
      underWay.delete(account);
    }
  };
}

/**
 * Connects a merchant's account, or connects it again: proves the credentials, stores them encrypted, subscribes to the
 * platform's events, starts syncing and imports its listings. Cut short before that, the same call completes it. A
 * channel that is connected keeps its credentials, and works on, until the new ones are proved.
 *
 * @throws {Problem} 400 when fields do not fit, 409 when the account is connected already and the wish does not name its
 * channel, or names another account's, 422 when the platform says no, 503 when it does not answer.
 */
async function connectChannel(
  parts: GatewayParts,
  imports: Imports,
  adapter: ChannelAdapter,
  { merchantId, channelKey }: Pick<Account, "merchantId" | "channelKey">,
  wish: ConnectWish,
): Promise<Connected> {
  const { settings, credentials } = wish;
  const before = await channelToConnect(parts, { merchantId, channelKey }, wish.channel_id);
  const channelId = before?.channelId ?? randomUUID();
  const feeding = await listChannelLocations(parts.store, channelId);
  const defaultLocationId = defaultLocationOf(wish, before);
  refuseIdleWish(adapter, wish, defaultLocationId, feeding);
  const connection = { channelId, key: channelKey, settings };

  const draft = new DraftCredentials(before ? await carriedOver(parts, adapter, before, credentials) : credentials);
  const proved = await withSession(parts, adapter, connection, draft, async (session) => {
    const report = await prove(parts, session);
    const isKept = wish.locations === undefined && before !== undefined && isFed(before, feeding);
    return { ...report, locations: isKept ? undefined : await mapped(parts, adapter, session, wish) };
  });
  const account = {
    merchantId,
    channelId,
    channelKey,
    settings,
    credentials: draft.value,
    defaultLocationId,
    locations: proved.locations,
  };
  const channel = await keepChannel(parts, adapter, wish, account);

  const problems = await withSession(parts, adapter, connection, credentialsOf(parts, adapter, channel), (session) =>
    subscribe(parts, session, channel),
  );
  await saveChannelHealth(parts.store, channelId, { problems, renewBy: proved.renewBy });
  // Before its listings are here: each page is kept true from the moment it is stored.
  if (channel.status !== "paused") await setChannelStatus(parts.store, channelId, "active", null);
  const listings = await startedImport(imports.run(channel), () => findImport(parts.store, channelId));
  return {
    channel_id: channelId,
    channel_key: channelKey,
    account: proved.account,
    webhook_url: adapter.webhooks ? webhookUrl(parts.url(), channel) : null,
    listings: progressOf(listings),
    problems,
  };
}

async function prove(parts: GatewayParts, session: ChannelSession): Promise<ConnectionReport> {
  const report = await refusing(() => session.check(callContext(parts)));
  if (!report.ok) throw notConnected(report.problems);
  return report;
}

function mapped(parts: GatewayParts, adapter: ChannelAdapter, session: ChannelSession, { locations }: ConnectWish) {
  return locationsOf(adapter, locations, () => refusing(() => session.locations(callContext(parts))));
}

/** Whether it is settled what feeds the channel: by a mapping, or by the default location alone. */
function isFed({ status }: Channel, feeding: readonly ChannelLocation[]): boolean {
  return feeding.length > 0 || status !== "needs_reconnect";
}

/** What stays as it is is not looked at: a renewal must not fail for it. */
function refuseIdleWish(
  adapter: ChannelAdapter,
  { default_location_id: wished, locations }: ConnectWish,
  defaultLocationId: string,
  feeding: readonly ChannelLocation[],
): void {
  if (wished === undefined && locations === undefined) return;
  const locationIds = locations?.map((one) => one.location_id) ?? feeding.map((one) => one.locationId);
  refuseIdleDefault(adapter, { defaultLocationId, locationIds });
}

/** A channel whose events can't be subscribed to works by polling: later, but rightly. */
async function subscribe(parts: GatewayParts, session: ChannelSession, channel: Channel): Promise<string[]> {
  const url = webhookUrl(parts.url(), channel);
  await saveWebhookUrl(parts.store, channel.channelId, url);
  try {
    await session.subscribe?.(url, callContext(parts));
    return [];
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    return [`Events could not be subscribed to (${error.message}); orders are polled instead.`];
  }
}
