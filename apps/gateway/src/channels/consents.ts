import {
  ChannelError,
  type Authorization,
  type ChannelAdapter,
  type ChannelKind,
  type ConnectAnswers,
} from "@lastunit/adapter-contract";
import { Problem, type FieldError } from "@lastunit/config/http";
import {
  beginConsent,
  bindConsent,
  endConsent,
  ensureMerchant,
  findAwaitedConsent,
  findConsent,
  grantConsent,
  readGrantedConsent,
  refuseConsent,
  releaseConsent,
  takeReturnedConsent,
  type Consent,
} from "@lastunit/store";
import { z } from "zod";
import type { GatewayParts } from "../options.ts";
import { unknownFields } from "./account-fields.ts";
import { filledIn, withAccountsSettings, withKnownSettings } from "./again.ts";
import type { Connect } from "./connect.ts";
import { refuseIdleDefault } from "./default-location.ts";
import { notConnected, refusing } from "./platform-problems.ts";
import { newChannel, type Connected, type Finishing, type NewChannel } from "./schemas/connecting.ts";

/** Long enough to log in there, read what is asked for and finish here. */
export const CONSENT_SECONDS = 30 * 60;
/** Exchanging a code is one call, or two. */
const EXCHANGE_MS = 30_000;
/** A gateway that dies meanwhile leaves the exchange to a browser that reloads. */
const LEASE_SECONDS = 45;

/**
 * The way over the platform's own consent page. The browser that set out for it is the only one that can come back: a
 * stranger who began a consent must not get at the account of whom he sent to the platform's page, nor bring in an
 * account of his own. Browsers are known by their secret (`ConsentCookie`).
 */
export interface Consents {
  /**
   * @param browser the secret of the browser that begins it; null: a program does, for whichever browser sets out.
   * @returns with `url`, where that browser goes: to the platform, or first to our page from which it sets out.
   * @throws {Problem} 400 when fields do not fit, 404 when the merchant has no such channel to connect again, 422 when
   * the platform has no consent page.
   */
  begin(merchantId: string, request: NewChannel, browser: string | null): Promise<Consent & { readonly url: string }>;
  /** A consent that a browser may set out for, or come back to; undefined when nobody waits for it (any more). */
  awaited(kind: ChannelKind, state: string, browser: string | null): ReturnType<typeof findAwaitedConsent>;
  /** The browser sets out. @returns the platform's page; undefined when it is not this browser's to go to (any more). */
  setOut(kind: ChannelKind, state: string, browser: string): Promise<string | undefined>;
  /**
   * The browser is back. What it brings is exchanged at once: Shopify takes it for 90 seconds only.
   *
   * @returns the consent, granted or refused; undefined when nobody waits for it (any more), or not for this browser.
   * @throws {ChannelError} when the platform does not answer; the browser may come again.
   */
  returned(kind: ChannelKind, callback: URLSearchParams, browser: string): Promise<Consent | undefined>;
  /** @throws {Problem} 404 */
  find(merchantId: string | null, consentId: string): Promise<Consent>;
  /**
   * Connects the channel with what was granted. Cut short, it can be called again.
   *
   * @param told instead of what it was begun with.
   * @throws {Problem} 404, 409 when nothing has come back yet, 422 when it was refused, and as `Connect`.
   */
  finish(merchantId: string, consentId: string, told: Finishing): Promise<Connected>;
}

const grantedAccount = z.object({ credentials: z.unknown(), settings: z.looseObject({}) });

export function createConsents(parts: GatewayParts, connect: Connect): Consents {
  const { store, vault } = parts;
  const redirectUrl = (kind: string) => `${parts.url()}/consent/${kind}/callback`;

  async function find(merchantId: string | null, consentId: string): Promise<Consent> {
    const consent = await findConsent(store, consentId);
    if (consent && (merchantId === null || consent.merchantId === merchantId)) return consent;
    throw new Problem(404, "unknown_consent", "There is no such consent, or it took too long: begin again.");
  }

  async function platformsPage(request: NewChannel, state: string): Promise<string> {
    const { authorization } = authorizing(parts, request.kind);
    const to = { state, redirectUrl: redirectUrl(request.kind) };
    const page = await refusing(async () => authorization.consentUrl(answersOf(request), to));
    return browsersUrl(parts, request.kind, page, to.redirectUrl).href;
  }

  return {
    find,
    async begin(merchantId, wish, browser) {
      // Without it the account is known when it has agreed.
      const request = wish.channel_id === undefined ? wish : await withKnownSettings(parts, merchantId, wish);
      const { adapter, authorization } = authorizing(parts, request.kind);
      refuseMisfits(adapter, authorization, request);
      await ensureMerchant(store, vault, merchantId);
      const begun = { merchantId, kind: request.kind, request, browser, lifetimeSeconds: CONSENT_SECONDS };
      const { state, ...consent } = await beginConsent(store, vault, begun);
      const url = await platformsPage(request, state);
      return {
        ...consent,
        url: browser === null ? `${parts.url()}/consent/${request.kind}/start?state=${state}` : url,
      };
    },
    awaited: (kind, state, browser) => findAwaitedConsent(store, { kind, state, browser }),
    async setOut(kind, state, browser) {
      const bound = await bindConsent(store, vault, { kind, state, browser });
      return bound && platformsPage(newChannel.parse(bound.request), state);
    },
    async returned(kind, callback, browser) {
      const state = callback.get("state");
      if (state === null) return undefined;
      const back = await takeReturnedConsent(store, vault, { kind, state, browser, leaseSeconds: LEASE_SECONDS });
      if (!back) return undefined;
      const { consentId } = back.consent;
      try {
        const exchange = { state, redirectUrl: redirectUrl(kind), outbound: parts.outbound };
        const signal = AbortSignal.timeout(EXCHANGE_MS);
        const { authorization } = authorizing(parts, kind);
        const answers = answersOf(newChannel.parse(back.request));
        const account = await authorization.exchange(callback, answers, { ...exchange, signal });
        await grantConsent(store, vault, back.consent, account);
      } catch (error) {
        if (!isRefusal(error)) {
          await releaseConsent(store, consentId);
          throw error;
        }
        await refuseConsent(store, consentId, error.message);
      }
      return findConsent(store, consentId);
    },
    async finish(merchantId, consentId, told) {
      const { kind, status, reason } = await find(merchantId, consentId);
      if (status === "refused") throw notConnected([reason ?? ""]);
      const granted = await readGrantedConsent(store, vault, consentId);
      if (!granted) throw new Problem(409, "not_granted", `Nothing has come back from ${kind} yet.`);
      const request = newChannel.parse(granted.request);
      const { adapter } = authorizing(parts, request.kind);
      const account = grantedAccount.parse(granted.account);
      const settings = await withAccountsSettings(parts, merchantId, request, account.settings);
      const made = await connect(merchantId, {
        ...request,
        ...told,
        credentials: adapter.credentials.parse(account.credentials),
        settings: adapter.settings.parse(settings),
      });
      await endConsent(store, consentId);
      return made;
    },
  };
}

/** The platform's "no": the merchant declined, or what came back is forged, too old or used already. */
function isRefusal(error: unknown): error is ChannelError {
  return error instanceof ChannelError && (error.failure === "unauthorized" || error.failure === "rejected");
}

/**
 * Where the merchant's browser goes. In development that is the simulator; a browser sends no header of ours, so the
 * query says which host's page it is, and where to come back to (eBay's real page knows that by itself).
 */
function browsersUrl({ outbound }: GatewayParts, kind: ChannelKind, page: URL, redirectUrl: string): URL {
  const { url } = outbound.rewrite(kind, page);
  if (!outbound.endpoint(kind)) return url;
  url.searchParams.set("sim_host", page.host);
  url.searchParams.set("sim_redirect", redirectUrl);
  return url;
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
  const { default_location_id: defaultLocationId, locations } = request;
  refuseIdleDefault(adapter, { defaultLocationId, locationIds: locations?.map((one) => one.location_id) });
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

function answersOf({ credentials, settings }: NewChannel): ConnectAnswers {
  return filledIn({ ...settings, ...credentials });
}
