import { ChannelError, channelKinds } from "@lastunit/adapter-contract";
import type { HttpServer } from "@lastunit/config/http";
import type { Consent } from "@lastunit/store";
import { z } from "zod";
import type { Callers } from "../access/callers.ts";
import type { GatewayParts } from "../options.ts";
import { escapeHtml, page, sendPage } from "../pages.ts";
import type { Consents } from "./consents.ts";
import { connected, consent, finishing, newChannel } from "./schemas.ts";

const consentParams = z.object({ consent_id: z.uuid() });

/**
 * Connecting over the platform's consent page. The callback is public and only keeps what was granted: a browser that
 * was lured here can connect nothing, because finishing takes the merchant's token or session.
 */
export function consentRoutes(app: HttpServer, parts: GatewayParts, callers: Callers, consents: Consents): void {
  const onRequest = async (request: Parameters<Callers["caller"]>[0]) => void (await callers.caller(request));

  app.post(
    "/v1/consents",
    {
      onRequest,
      schema: {
        summary: "Begin connecting a channel over the platform's consent page",
        description: "Send the merchant's browser to `url`; once `status` is `granted`, finish it. Lives half an hour.",
        body: newChannel,
        response: { 201: consent.extend({ url: z.url() }) },
      },
    },
    async (request, reply) => {
      const begun = await consents.begin(await callers.merchant(request), request.body);
      return reply.code(201).send({ ...told(begun), url: begun.url });
    },
  );

  app.get(
    "/v1/consents/:consent_id",
    {
      onRequest,
      schema: { summary: "Whether the merchant has consented", params: consentParams, response: { 200: consent } },
    },
    async (request) => told(await consents.find(await callers.scope(request), request.params.consent_id)),
  );

  app.post(
    "/v1/consents/:consent_id/finish",
    {
      onRequest,
      schema: {
        summary: "Connect the channel the merchant consented to",
        description: "With `locations` where the answer to a first try was 422 `locations_required`.",
        params: consentParams,
        body: finishing,
        response: { 201: connected },
      },
    },
    async (request, reply) => {
      const merchantId = await callers.merchant(request);
      const { consent_id: consentId } = request.params;
      return reply.code(201).send(await consents.finish(merchantId, consentId, request.body?.locations));
    },
  );

  app.get(
    "/consent/:kind/callback",
    { schema: { hide: true, params: z.object({ kind: z.enum(channelKinds) }) } },
    async (request, reply) => {
      const callback = new URL(request.url, parts.url()).searchParams;
      const { title } = parts.adapters[request.params.kind];
      try {
        const consent = await consents.returned(request.params.kind, callback);
        return sendPage(reply.code(consent ? 200 : 404), consent ? returnedPage(title, consent) : unknownPage);
      } catch (error) {
        if (!(error instanceof ChannelError)) throw error;
        return sendPage(reply.code(503), unansweredPage(title));
      }
    },
  );
}

function told(one: Consent) {
  return {
    consent_id: one.consentId,
    merchant_id: one.merchantId,
    kind: one.kind,
    status: one.status,
    reason: one.reason,
    expires_at: one.expiresAt.toISOString(),
  };
}

const unknownPage = page(
  "Not expected",
  `<p>Nobody waits for this consent: it was answered already, or took too long. Go back to where you began, or begin
  connecting the channel again.</p>`,
);

function unansweredPage(title: string): string {
  return page(
    "No answer",
    `<p class="problem" role="alert">${escapeHtml(title)} does not answer right now. Reload this page to try again.</p>`,
  );
}

function returnedPage(title: string, { consentId, merchantId, kind, reason }: Consent): string {
  if (reason !== null) {
    return page(
      "Not granted",
      `<p class="problem" role="alert">${escapeHtml(title)} is not connected: ${escapeHtml(reason)}</p>
      <p>Begin again in <a href="/connect?kind=${escapeHtml(kind)}">the console</a>, or with <code>lastunit connect</code>.</p>`,
    );
  }
  return page(
    "Granted",
    `<p>${escapeHtml(title)} grants access. Go on in <a href="/connect?consent=${escapeHtml(consentId)}">the console</a>, or
    where <code>lastunit connect</code> waits, to finish connecting it for merchant
    <strong>${escapeHtml(merchantId)}</strong>.</p>`,
  );
}
