import { randomUUID } from "node:crypto";
import {
  ChannelError,
  type CallContext,
  type ChannelAdapter,
  type ChannelSession,
  type CredentialBox,
  type ExternalLocation,
} from "@lastunit/adapter-contract";
import { Problem } from "@lastunit/config/http";
import {
  createChannel,
  ensureMerchant,
  saveCredentials,
  setChannelLocations,
  setChannelStatus,
  StoreError,
  upsertListings,
  type Channel,
} from "@lastunit/store";
import type { GatewayParts } from "../options.ts";
import { credentialsOf, storedCredentials } from "./credentials.ts";
import { webhookUrl } from "../webhooks/routes.ts";
import type { Connected, NewChannel } from "./schemas.ts";

/** A whole connection may take this long: a large catalog is imported at the platform's pace. */
const CONNECT_DEADLINE_MS = 120_000;

/**
 * Connects a merchant's account: proves the credentials, stores them encrypted, subscribes to the platform's events,
 * imports its listings and starts syncing.
 *
 * @throws {Problem} 400 when fields do not fit, 409 when the account is connected already, 422 when the platform says no.
 */
export async function connectChannel(parts: GatewayParts, merchantId: string, request: NewChannel): Promise<Connected> {
  const adapter = parts.adapters[request.kind];
  const account = { ...request, ...fit(adapter, request) };
  const channelKey = `${request.kind}:${adapter.accountOf(account.settings)}`;
  const box = new DraftCredentials(account.credentials);
  const draft = openSession(parts, adapter, { channelId: randomUUID(), channelKey, settings: account.settings }, box);
  let report;
  let locations;
  try {
    report = await refusing(() => draft.check(callContext(parts)));
    if (!report.ok) throw notConnected(report.problems);
    locations = locationsOf(request, await refusing(() => draft.locations(callContext(parts))));
  } finally {
    await draft.close();
  }

  const channel = await storeChannel(
    parts,
    adapter,
    merchantId,
    { request, channelKey, locations, settings: account.settings },
    box.value,
  );
  const session = openSession(parts, adapter, channel, credentialsOf(parts, channel));
  const problems: string[] = [];
  try {
    await subscribe(session, channel, parts, problems);
    const listings = await importListings(parts, session, channel, problems);
    await setChannelStatus(parts.store, channel.channelId, "active", null);
    return {
      channel_id: channel.channelId,
      channel_key: channelKey,
      account: report.account,
      webhook_url: adapter.webhooks ? webhookUrl(parts.url(), channel) : null,
      listings,
      problems,
    };
  } finally {
    await session.close();
  }
}

/** Reads the fields with the adapter's own schemas; errors name the field, never its value. */
function fit(adapter: ChannelAdapter, request: NewChannel): { credentials: unknown; settings: unknown } {
  const credentials = adapter.credentials.safeParse(request.credentials);
  const settings = adapter.settings.safeParse(request.settings);
  const errors = [
    ...(credentials.error?.issues ?? []).map((issue) => ({ part: "credentials", issue })),
    ...(settings.error?.issues ?? []).map((issue) => ({ part: "settings", issue })),
  ].map(({ part, issue }) => ({ field: [part, ...issue.path].join("."), message: issue.message }));
  if (errors.length > 0) {
    throw new Problem(400, "invalid_request", `These do not fit a ${adapter.title} channel.`, { extra: { errors } });
  }
  return { credentials: credentials.data, settings: settings.data };
}

/** With several locations on the platform and no word on which is which, every one would show all the stock. */
function locationsOf(request: NewChannel, external: readonly ExternalLocation[]) {
  if (request.locations !== undefined) {
    return request.locations.map((one) => ({
      locationId: one.location_id,
      externalLocationId: one.external_location_id,
    }));
  }
  if (external.length <= 1) return [];
  throw new Problem(
    422,
    "locations_required",
    "This account has several locations: say in `locations` which ledger location feeds which.",
    {
      extra: { locations: external.map((one) => ({ external_location_id: one.externalLocationId, name: one.name })) },
    },
  );
}

async function storeChannel(
  parts: GatewayParts,
  adapter: ChannelAdapter,
  merchantId: string,
  made: {
    request: NewChannel;
    channelKey: string;
    settings: unknown;
    locations: { locationId: string; externalLocationId: string | null }[];
  },
  credentials: unknown,
): Promise<Channel> {
  const { request, channelKey, settings, locations } = made;
  const { pushesInventory, comparesAndSets, restocksCancelled } = adapter.capabilities;
  const { safety_stock: safetyStock = 0, share = 1, minimum = 0, cap = null } = request.allocation ?? {};
  await ensureMerchant(parts.store, parts.vault, merchantId);
  try {
    const channel = await createChannel(parts.store, {
      merchantId,
      kind: request.kind,
      channelKey,
      settings,
      defaultLocationId: request.default_location_id,
      pushesInventory,
      comparesAndSets,
      restocksCancelled,
      safetyStock,
      share,
      minimum,
      cap,
      // The worker takes a channel up once it is active.
      status: "paused",
      statusReason: "being connected",
    });
    await saveCredentials(parts.store, parts.vault, channel, storedCredentials.parse(credentials));
    await setChannelLocations(parts.store, channel.channelId, locations);
    return channel;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new Problem(error.code === "channel_key_taken" ? 409 : 400, error.code, error.message);
  }
}

async function subscribe(
  session: ChannelSession,
  channel: Channel,
  parts: GatewayParts,
  problems: string[],
): Promise<void> {
  try {
    await session.subscribe?.(webhookUrl(parts.url(), channel), callContext(parts));
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    problems.push(`Events could not be subscribed to (${error.message}); orders are polled instead.`);
  }
}

async function importListings(parts: GatewayParts, session: ChannelSession, channel: Channel, problems: string[]) {
  let imported = 0;
  let unsupported = 0;
  let cursor: string | null = null;
  try {
    do {
      const page = await session.importListings(cursor, callContext(parts));
      const named = page.listings.filter((listing) => listing.sku !== "");
      const { changed } = await upsertListings(parts.store, channel, named);
      await parts.queues.enqueuePushes(changed);
      const usable = named.filter((listing) => listing.unsupported === null).length;
      imported += usable;
      unsupported += page.listings.length - usable;
      cursor = page.next;
    } while (cursor !== null);
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    problems.push(`The import of listings stopped after ${imported} (${error.message}); run it again.`);
  }
  return { imported, unsupported };
}

function openSession(
  parts: GatewayParts,
  adapter: ChannelAdapter,
  channel: Pick<Channel, "channelId" | "channelKey" | "settings">,
  credentials: CredentialBox<unknown>,
): ChannelSession {
  const { channelId, channelKey: key, settings } = channel;
  const log = parts.log.child({ channel: key });
  const pacer = parts.queues.pacer(channelId, adapter.limits);
  return adapter.open({ channelId, key, settings, credentials, outbound: parts.outbound, pacer, log });
}

function callContext(parts: GatewayParts): CallContext {
  return { signal: AbortSignal.timeout(CONNECT_DEADLINE_MS), idempotencyKey: randomUUID(), log: parts.log };
}

/** The platform's "no" becomes ours. */
async function refusing<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ChannelError) throw notConnected([error.message]);
    throw error;
  }
}

function notConnected(problems: readonly string[]): Problem {
  return new Problem(422, "not_connected", "The platform did not accept this connection.", { extra: { problems } });
}

/** Credentials that are not stored yet. */
class DraftCredentials implements CredentialBox<unknown> {
  value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  async read(): Promise<unknown> {
    return this.value;
  }

  async renew(renew: (current: unknown) => Promise<unknown>): Promise<unknown> {
    this.value = await renew(this.value);
    return this.value;
  }
}
