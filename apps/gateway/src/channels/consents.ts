import { type Authorization, type ChannelAdapter, type ChannelKind } from "@lastunit/adapter-contract";
import { Problem, type FieldError } from "@lastunit/config/http";
import { beginConsent, ensureMerchant, findConsent, grantConsent, takeConsent, type Consent } from "@lastunit/store";
import type { GatewayParts } from "../options.ts";
import { unknownFields } from "./account-fields.ts";
import type { Connect } from "./connect.ts";
import { refusing } from "./platform-problems.ts";
import { newChannel, type Connected, type NewChannel } from "./schemas.ts";

/** Long enough to log in there and read what is asked for; the codes that come back live minutes at most. */
const LIFETIME_SECONDS = 30 * 60;
/** Exchanging a code is one call, or two. */
const EXCHANGE_MS = 30_000;

/** The way over the platform's own consent page. */
export interface Consents {
  /** @throws {Problem} 400 when fields do not fit, 422 when the platform has no consent page. */
  begin(merchantId: string, request: NewChannel): Promise<Consent & { readonly url: string }>;
  /** The browser is back. @returns undefined when nobody waits for it (any more). */
  grant(kind: ChannelKind, callback: URLSearchParams): Promise<Consent | undefined>;
  /** @throws {Problem} 404 */
  find(merchantId: string | null, consentId: string): Promise<Consent>;
  /** Exchanges what came back and connects the channel. @throws {Problem} 404, 409 when it was not granted yet, and as `Connect`. */
  finish(merchantId: string, consentId: string): Promise<Connected>;
}

export function createConsents(parts: GatewayParts, connect: Connect): Consents {
  const { store, vault } = parts;
  const redirectUrl = (kind: string) => `${parts.url()}/consent/${kind}/callback`;

  async function find(merchantId: string | null, consentId: string): Promise<Consent> {
    const consent = await findConsent(store, consentId);
    if (consent && (merchantId === null || consent.merchantId === merchantId)) return consent;
    throw new Problem(404, "unknown_consent", "There is no such consent, or it took too long: begin again.");
  }

  return {
    find,
    async begin(merchantId, request) {
      const { adapter, authorization } = authorizing(parts, request.kind);
      refuseMisfits(adapter, authorization, request);
      await ensureMerchant(store, vault, merchantId);
      const begun = { merchantId, kind: request.kind, request, lifetimeSeconds: LIFETIME_SECONDS };
      const { state, ...consent } = await beginConsent(store, vault, begun);
      const to = { state, redirectUrl: redirectUrl(request.kind) };
      const url = await refusing(async () => authorization.consentUrl(answersOf(request), to));
      return { ...consent, url: url.href };
    },
    async grant(kind, callback) {
      const state = callback.get("state");
      return state === null ? undefined : grantConsent(store, vault, { kind, state, callback: callback.toString() });
    },
    async finish(merchantId, consentId) {
      const consent = await find(merchantId, consentId);
      const taken = await takeConsent(store, vault, consentId);
      if (!taken) throw new Problem(409, "not_granted", `Nothing has come back from ${consent.kind} yet.`);
      const request = newChannel.parse(taken.request);
      const { authorization } = authorizing(parts, request.kind);
      const callback = new URLSearchParams(taken.callback);
      const account = await refusing(() =>
        authorization.exchange(callback, answersOf(request), {
          state: callback.get("state") ?? "",
          redirectUrl: redirectUrl(request.kind),
          outbound: parts.outbound,
          signal: AbortSignal.timeout(EXCHANGE_MS),
        }),
      );
      return connect(merchantId, { ...request, ...account });
    },
  };
}

function authorizing(
  parts: GatewayParts,
  kind: ChannelKind,
): { readonly adapter: ChannelAdapter; readonly authorization: Authorization<unknown, unknown> } {
  const adapter = parts.adapters[kind];
  const { authorization, title } = adapter;
  if (authorization) return { adapter, authorization };
  throw new Problem(422, "no_consent_page", `${title} has no consent page: give its fields to POST /v1/channels.`);
}

/** @throws {Problem} 400 that names each field, never its value. */
function refuseMisfits(adapter: ChannelAdapter, { asks }: Authorization<unknown, unknown>, request: NewChannel): void {
  const answers = answersOf(request);
  const missing = asks.filter((name) => answers[name] === undefined);
  const errors: FieldError[] = [
    ...unknownFields(adapter, "credentials", request),
    ...unknownFields(adapter, "settings", request),
    ...missing.map((name) => ({ field: fieldOf(adapter, name), message: "is needed before the consent" })),
  ];
  if (errors.length === 0) return;
  throw new Problem(400, "invalid_request", `These do not fit a ${adapter.title} channel.`, { extra: { errors } });
}

function fieldOf(adapter: ChannelAdapter, name: string): string {
  return `${adapter.fields.find((field) => field.name === name)?.part ?? "settings"}.${name}`;
}

function answersOf({ credentials, settings }: NewChannel) {
  return { ...settings, ...credentials };
}
