import type { HttpServer } from "@lastunit/config/http";
import { currentPosition, overviewStock } from "@lastunit/store";
import type { FastifyRequest } from "fastify";
import type { Callers } from "../access/callers.ts";
import type { GatewayParts } from "../options.ts";
import { readAccountFields } from "./account-fields.ts";
import { withKnownSettings } from "./again.ts";
import { createConnect } from "./connect.ts";
import { createConsentCookie } from "./consent-cookie.ts";
import { consentPages } from "./consent-pages.ts";
import { consentRoutes } from "./consent-routes.ts";
import { createConsents } from "./consents.ts";
import { importRoutes } from "./import-routes.ts";
import type { Imports } from "./imports.ts";
import { listingRoutes } from "./listing-routes.ts";
import { offerRoutes } from "./offer-routes.ts";
import { connected, newChannel, platforms } from "./schemas/connecting.ts";
import { stockOverview, stockQuery } from "./schemas/stock.ts";
import { summaryRoutes } from "./summary-routes.ts";

/** The merchants' API: platforms, channels, and stock beside what each channel shows of it. */
export function channelRoutes(app: HttpServer, parts: GatewayParts, callers: Callers, imports: Imports): void {
  const connect = createConnect(parts, imports);
  summaryRoutes(app, parts, callers);
  offerRoutes(app, parts, callers);
  listingRoutes(app, parts, callers);
  importRoutes(app, parts, callers, imports);
  const consents = createConsents(parts, connect);
  const cookie = createConsentCookie(parts.isSecure);
  consentRoutes(app, callers, consents, cookie);
  consentPages(app, parts, consents, cookie);
  // Before a body is read: a stranger learns nothing of what would fit.
  const onRequest = async (request: FastifyRequest) => void (await callers.caller(request));

  app.get(
    "/v1/platforms",
    {
      schema: {
        summary: "What can be connected, and what each asks for",
        security: [],
        response: { 200: platforms },
      },
    },
    () => ({
      platforms: Object.values(parts.adapters).map(({ kind, title, fields, authorization }) => ({
        kind,
        title,
        consent_asks: authorization ? [...authorization.asks] : null,
        consent_takes: [...(authorization?.takes ?? [])],
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
          "Repeat it for a channel that was not finished or must be connected again. One that works is connected again, " +
          "ahead of the end of its access, when `channel_id` names it: the new credentials are proved first, and the old " +
          "ones stay when they fail.",
        body: newChannel,
        response: { 201: connected },
      },
    },
    async (request, reply) => {
      const merchantId = await callers.merchant(request);
      const wish = await withKnownSettings(parts, merchantId, request.body);
      const account = readAccountFields(parts.adapters[wish.kind], wish);
      return reply.code(201).send(await connect(merchantId, { ...wish, ...account }));
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
          listings: one.listings.map(({ channelKey, errorReason, ...listing }) => ({
            channel_key: channelKey,
            error_reason: errorReason,
            ...listing,
          })),
        })),
      };
    },
  );
}
