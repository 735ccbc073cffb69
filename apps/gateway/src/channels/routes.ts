import type { HttpServer } from "@lastunit/config/http";
import { currentPosition, overviewStock, summarizeChannels } from "@lastunit/store";
import type { FastifyRequest } from "fastify";
import type { Callers } from "../access/callers.ts";
import type { GatewayParts } from "../options.ts";
import { webhookUrl } from "../webhooks/url.ts";
import { readAccountFields } from "./account-fields.ts";
import { createConnect } from "./connect.ts";
import { consentRoutes } from "./consent-routes.ts";
import { createConsents } from "./consents.ts";
import { importRoutes } from "./import-routes.ts";
import type { Imports } from "./imports.ts";
import { channelSummaries, connected, newChannel, platforms, stockOverview, stockQuery } from "./schemas.ts";

/** The merchants' API: platforms, channels, and stock beside what each channel shows of it. */
export function channelRoutes(app: HttpServer, parts: GatewayParts, callers: Callers, imports: Imports): void {
  const connect = createConnect(parts, imports);
  importRoutes(app, parts, callers, imports);
  consentRoutes(app, parts, callers, createConsents(parts, connect));
  // Before a body is read: a stranger learns nothing of what would fit.
  const onRequest = async (request: FastifyRequest) => void (await callers.caller(request));

  app.get(
    "/v1/platforms",
    { schema: { summary: "What can be connected, and what each asks for", response: { 200: platforms } } },
    () => ({
      platforms: Object.values(parts.adapters).map(({ kind, title, fields, authorization }) => ({
        kind,
        title,
        consent_asks: authorization ? [...authorization.asks] : null,
        fields: [...fields],
      })),
    }),
  );

  app.post(
    "/v1/channels",
    {
      onRequest,
      schema: {
        summary: "Connect a channel",
        description:
          "Proves the credentials, stores them encrypted, subscribes to events, imports listings, starts syncing. " +
          "Repeat it for a channel that was not finished or must be connected again.",
        body: newChannel,
        response: { 201: connected },
      },
    },
    async (request, reply) => {
      const merchantId = await callers.merchant(request);
      const account = readAccountFields(parts.adapters[request.body.kind], request.body);
      return reply.code(201).send(await connect(merchantId, { ...request.body, ...account }));
    },
  );

  app.get(
    "/v1/channels",
    { schema: { summary: "Channels and how far they are in sync", response: { 200: channelSummaries } } },
    async (request) => {
      const summaries = await summarizeChannels(parts.store, await callers.scope(request));
      return {
        channels: summaries.map((one) => ({
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
        })),
      };
    },
  );

  app.get(
    "/v1/stock",
    {
      schema: {
        summary: "Stock and what each channel shows",
        querystring: stockQuery,
        response: { 200: stockOverview },
      },
    },
    async (request) => {
      const merchantId = await callers.scope(request);
      const { sku, limit } = request.query;
      const stock = await overviewStock(parts.store, merchantId, { search: sku, limit });
      return {
        as_of: await currentPosition(parts.store),
        stock: stock.map((one) => ({
          merchant_id: one.merchantId,
          sku: one.sku,
          on_hand: one.onHand,
          reserved: one.reserved,
          available: one.available,
          listings: one.listings.map(({ channelKey, ...listing }) => ({ channel_key: channelKey, ...listing })),
        })),
      };
    },
  );
}

function hasWebhooks(parts: GatewayParts, kind: string): boolean {
  return Object.values(parts.adapters).some((adapter) => adapter.kind === kind && adapter.webhooks !== undefined);
}
