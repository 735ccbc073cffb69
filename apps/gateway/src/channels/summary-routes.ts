import type { HttpServer } from "@lastunit/config/http";
import {
  findTroubles,
  listChannelLocations,
  recentPushes,
  summarizeChannel,
  summarizeChannels,
  type Channel,
  type ChannelSummary,
} from "@lastunit/store";
import type { z } from "zod";
import type { Callers } from "../access/callers.ts";
import type { GatewayParts } from "../options.ts";
import { webhookUrl } from "../webhooks/url.ts";
import { storedSettings } from "./again.ts";
import { channelOf, channelParams, unknownChannel } from "./find-channel.ts";
import { channelDetail, channelSummaries } from "./schemas/channels.ts";

/** How channels are doing: all at a glance, and one with what there is to know when something is wrong. */
export function summaryRoutes(app: HttpServer, parts: GatewayParts, callers: Callers): void {
  const { store } = parts;

  app.get(
    "/v1/channels",
    { schema: { summary: "Channels and how far they are in sync", response: { 200: channelSummaries } } },
    async (request) => {
      const summaries = await summarizeChannels(store, await callers.scope(request));
      return { channels: summaries.map((one) => told(parts, one)) };
    },
  );

  app.get(
    "/v1/channels/:channel_id",
    {
      schema: {
        summary: "A channel: its state, what feeds it, and what went wrong lately",
        params: channelParams,
        response: { 200: channelDetail },
      },
    },
    async (request) => {
      return await detailOf(parts, await channelOf(parts, callers, request));
    },
  );
}

/** As `GET /v1/channels/{channel_id}` tells it. */
export async function detailOf(parts: GatewayParts, channel: Channel): Promise<z.infer<typeof channelDetail>> {
  const { store } = parts;
  const { channelId } = channel;
  const summary = await summarizeChannel(store, channelId);
  if (!summary) throw unknownChannel();
  const [locations, recent, troubles] = [
    await listChannelLocations(store, channelId),
    await recentPushes(store, channelId),
    await findTroubles(store, channelId),
  ];
  const { lastFailure, unmappedDeliveries, waitingDeliveries } = troubles;
  return {
    ...told(parts, summary),
    pushes_inventory: channel.pushesInventory,
    settings: storedSettings.parse(channel.settings),
    default_location_id: channel.defaultLocationId,
    locations: locations.map((one) => ({
      location_id: one.locationId,
      external_location_id: one.externalLocationId,
    })),
    allocation: {
      safety_stock: channel.safetyStock,
      share: channel.share,
      minimum: channel.minimum,
      cap: channel.cap,
    },
    orders_polled_at: summary.ordersPolledAt?.toISOString() ?? null,
    pushes: recent.pushes,
    last_accepted_at: recent.lastAcceptedAt?.toISOString() ?? null,
    last_failure: lastFailure && { ...lastFailure, at: lastFailure.at.toISOString() },
    unmapped_deliveries: unmappedDeliveries,
    waiting_deliveries: waitingDeliveries,
  };
}

function told(parts: GatewayParts, one: ChannelSummary) {
  return {
    channel_id: one.channelId,
    merchant_id: one.merchantId,
    kind: one.kind,
    channel_key: one.channelKey,
    status: one.status,
    status_reason: one.statusReason,
    webhook_url: hasWebhooks(parts, one.kind) ? webhookUrl(parts.url(), one) : null,
    problems: [...one.problems],
    renew_by: one.renewBy && { at: one.renewBy.toISOString(), what: one.renewWhat ?? "" },
    listings: one.listings,
    in_sync: one.inSync,
    behind: one.behind,
    refused: one.refused,
    unsupported: one.unsupported,
  };
}

function hasWebhooks(parts: GatewayParts, kind: string): boolean {
  return Object.values(parts.adapters).some((adapter) => adapter.kind === kind && adapter.webhooks !== undefined);
}
