import formbody from "@fastify/formbody";
import { ChannelError, channelKinds, type ChannelKind } from "@lastunit/adapter-contract";
import type { HttpServer } from "@lastunit/config/http";
import type { Consent } from "@lastunit/store";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { GatewayParts } from "../options.ts";
import { escapeHtml, page, sendPage } from "../pages.ts";
import type { ConsentCookie } from "./consent-cookie.ts";
import { CONSENT_SECONDS, type Consents } from "./consents.ts";

const params = z.object({ kind: z.enum(channelKinds) });
const stateQuery = z.object({ state: z.string().default("") });

/**
 * What the merchant's browser sees of ours on its way over the platform's consent page: where it sets out, when a program
 * began, and where it comes back to. Both are public and connect nothing: finishing takes the merchant's token or
 * session. What comes back is taken from the browser alone that set out.
 */
export function consentPages(app: HttpServer, parts: GatewayParts, consents: Consents, cookie: ConsentCookie): void {
  const titleOf = (kind: ChannelKind) => parts.adapters[kind].title;
  const connectUrl = (kind: ChannelKind) => `${parts.url()}/connect?kind=${kind}`;

  app.get(
    "/consent/:kind/start",
    { schema: { hide: true, params, querystring: stateQuery } },
    async (request, reply) => {
      const { kind } = request.params;
      const consent = await consents.awaited(kind, request.query.state, cookie.read(request));
      if (!consent) return sendPage(reply.code(404), unknownPage);
      if (consent.setOut === "another") return sendPage(reply.code(403), anotherPage(titleOf(kind), connectUrl(kind)));
      return sendPage(reply, startPage(titleOf(kind), consent));
    },
  );

  void app.register(async (scope: FastifyInstance) => {
    await scope.register(formbody);
    scope.post<{ Params: z.infer<typeof params>; Querystring: z.infer<typeof stateQuery> }>(
      "/consent/:kind/start",
      { schema: { hide: true, params, querystring: stateQuery } },
      async (request, reply) => {
        const { kind } = request.params;
        const browser = cookie.keep(request, reply, CONSENT_SECONDS);
        const url = await consents.setOut(kind, request.query.state, browser);
        if (url === undefined) return sendPage(reply.code(404), unknownPage);
        // No redirect: our pages' policy lets a form lead to ourselves alone, all the way it is sent on.
        return sendPage(reply.header("refresh", `0; url=${url}`), leavingPage(titleOf(kind), url));
      },
    );
  });

  app.get("/consent/:kind/callback", { schema: { hide: true, params } }, async (request, reply) => {
    const { kind } = request.params;
    const callback = new URL(request.url, parts.url()).searchParams;
    const browser = cookie.read(request);
    try {
      const consent = browser === null ? undefined : await consents.returned(kind, callback, browser);
      if (consent) return sendPage(reply, returnedPage(titleOf(kind), consent));
      const awaited = await consents.awaited(kind, callback.get("state") ?? "", browser);
      if (!awaited || awaited.setOut === "this") return sendPage(reply.code(404), unknownPage);
      return sendPage(reply.code(403), anotherPage(titleOf(kind), connectUrl(kind)));
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      return sendPage(reply.code(503), unansweredPage(titleOf(kind)));
    }
  });
}

function startPage(title: string, { merchantId }: Consent): string {
  return page(
    `Connect ${title}`,
    `<p>Somebody began to connect a <strong>${escapeHtml(title)}</strong> account to merchant
    <strong>${escapeHtml(merchantId)}</strong>, whose stock Lastunit keeps here. Agree on ${escapeHtml(title)}'s page, and Lastunit
    reads that account's orders and sets its quantities.</p>
    <form method="post"><button>Go on to ${escapeHtml(title)}</button></form>
    <p class="hint">Go on if that was you, or you know who it was and why. Otherwise close this page: nothing is connected.
    Stay in this browser until you are back here.</p>`,
  );
}

function leavingPage(title: string, url: string): string {
  return page(
    `To ${title}`,
    `<p>Going on to ${escapeHtml(title)} … <a href="${escapeHtml(url)}">Go on yourself</a> when nothing happens.</p>`,
  );
}

const unknownPage = page(
  "Not expected",
  `<p>Nobody waits for this consent: it was answered already, or took too long. Go back to where you began, or begin
  connecting the channel again.</p>`,
);

function anotherPage(title: string, connectUrl: string): string {
  return page(
    "Another browser",
    `<p class="problem" role="alert">Nothing was connected: this browser is not the one that set out to connect this
    ${escapeHtml(title)} account.</p>
    <p>Was it you? Begin again at <a href="${escapeHtml(connectUrl)}">${escapeHtml(connectUrl)}</a>, at just this address, or
    with <code>lastunit connect</code>; stay in one browser, which must keep cookies, until you are back here.</p>
    <p>Did somebody else send you to ${escapeHtml(title)}? Then close this page. What you agreed to there was not taken.</p>`,
  );
}

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
