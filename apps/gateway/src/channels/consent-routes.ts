import type { HttpServer } from "@lastunit/config/http";
import type { Consent } from "@lastunit/store";
import { z } from "zod";
import type { Callers } from "../access/callers.ts";
import type { ConsentCookie } from "./consent-cookie.ts";
import { CONSENT_SECONDS, type Consents } from "./consents.ts";
import { connected, consent, finishing, newChannel } from "./schemas/connecting.ts";

const consentParams = z.object({ consent_id: z.uuid() });

/** Connecting over the platform's consent page: what programs and the console call. */
export function consentRoutes(app: HttpServer, callers: Callers, consents: Consents, cookie: ConsentCookie): void {
  const onRequest = async (request: Parameters<Callers["caller"]>[0]) => void (await callers.caller(request));

  app.post(
    "/v1/consents",
    {
      onRequest,
      schema: {
        summary: "Begin connecting a channel over the platform's consent page",
        description:
          "Send the merchant's browser to `url`; once `status` is `granted`, finish it. Lives half an hour. Asked for " +
          "by the console, `url` is the platform's page; asked for with a token, a page of ours from which the browser " +
          "sets out: the one that sets out is the only one that can come back.",
        body: newChannel,
        response: { 201: consent.extend({ url: z.url() }) },
      },
    },
    async (request, reply) => {
      const merchantId = await callers.merchant(request);
      // Who comes without a token comes with a session: a browser.
      const isBrowser = request.headers.authorization === undefined;
      const browser = isBrowser ? cookie.keep(request, reply, CONSENT_SECONDS) : null;
      const begun = await consents.begin(merchantId, request.body, browser);
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
        description:
          "With `locations` where the answer to a first try was 422 `locations_required`, and `default_location_id` where " +
          "the one it was begun with is none of those.",
        params: consentParams,
        body: finishing,
        response: { 201: connected },
      },
    },
    async (request, reply) => {
      const merchantId = await callers.merchant(request);
      const { consent_id: consentId } = request.params;
      return reply.code(201).send(await consents.finish(merchantId, consentId, request.body));
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
