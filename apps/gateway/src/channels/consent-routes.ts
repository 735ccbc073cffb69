import { channelKinds } from "@lastunit/adapter-contract";
import type { HttpServer } from "@lastunit/config/http";
import { z } from "zod";
import type { Callers } from "../access/callers.ts";
import type { GatewayParts } from "../options.ts";
import { escapeHtml, page, sendPage } from "../pages.ts";
import type { Consents } from "./consents.ts";
import { connected, consent, newChannel } from "./schemas.ts";

const consentParams = z.object({ consent_id: z.uuid() });

/**
 * Connecting over the platform's consent page. The callback is public and only keeps what came back: a browser that was
 * lured here can connect nothing, because finishing takes the merchant's token or session.
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
        params: consentParams,
        response: { 201: connected },
      },
    },
    async (request, reply) => {
      const merchantId = await callers.merchant(request);
      return reply.code(201).send(await consents.finish(merchantId, request.params.consent_id));
    },
  );

  app.get(
    "/consent/:kind/callback",
    { schema: { hide: true, params: z.object({ kind: z.enum(channelKinds) }) } },
    async (request, reply) => {
      const callback = new URL(request.url, parts.url()).searchParams;
      const granted = await consents.grant(request.params.kind, callback);
      if (!granted) return sendPage(reply.code(404), unknownPage);
      return sendPage(reply, grantedPage(parts.adapters[request.params.kind].title, granted.merchantId));
    },
  );
}

function told(one: Awaited<ReturnType<Consents["find"]>>) {
  return {
    consent_id: one.consentId,
    kind: one.kind,
    status: one.isGranted ? ("granted" as const) : ("waiting" as const),
    expires_at: one.expiresAt.toISOString(),
  };
}

const unknownPage = page(
  "Not expected",
  "<p>Nobody waits for this consent, or it took too long. Begin connecting the channel again.</p>",
);

function grantedPage(title: string, merchantId: string): string {
  return page(
    "Back from the platform",
    `<p>${escapeHtml(title)} answered. Go back to where you began (the console or <code>lastunit connect</code>) to finish
    connecting it for merchant <strong>${escapeHtml(merchantId)}</strong>; this page may be closed.</p>`,
  );
}
