import { CALL_DEADLINE_MS, ChannelError, type Outbound } from "@lastunit/adapter-contract";
import { eBayApi } from "ebay-api";
import { z } from "zod";
import { refusalIn, toChannelError } from "./errors.ts";
import type { EbayCredentials, EbaySettings } from "./connection.ts";

/**
 * What the seller must have consented to. Sent with every renewal, because a token renewed without them silently
 * loses its rights (github.com/hendt/ebay-api/issues/203).
 */
export const SELLER_SCOPES = [
  "https://api.ebay.com/oauth/api_scope",
  "https://api.ebay.com/oauth/api_scope/sell.inventory",
  "https://api.ebay.com/oauth/api_scope/sell.fulfillment",
  "https://api.ebay.com/oauth/api_scope/commerce.identity.readonly",
  "https://api.ebay.com/oauth/api_scope/commerce.notification.subscription",
];
const APPLICATION_SCOPES = ["https://api.ebay.com/oauth/api_scope"];

/** No answer we ask for comes near; a page of 200 orders is about 1 MB. */
const LARGEST_ANSWER_BYTES = 32 * 1024 * 1024;

/** What every request needs to know, whoever makes it. */
export interface Caller {
  readonly credentials: EbayCredentials;
  readonly settings: EbaySettings;
  readonly outbound: Outbound;
  readonly signal: AbortSignal;
}

/** A bearer token and the moment it ends, ISO 8601. */
export interface AccessToken {
  readonly accessToken: string;
  readonly accessTokenExpiresAt: string;
}

/** One request as the seller or as the application, whosever token it is. */
export function send<T>(
  caller: Caller,
  accessToken: string,
  schema: z.ZodType<T>,
  work: (api: eBayApi) => Promise<unknown>,
): Promise<T> {
  const api = open(caller, SELLER_SCOPES);
  api.OAuth2.setCredentials(accessToken);
  // Without a token the package would quietly ask for an application token and call sell.* with that.
  if (!api.OAuth2.getUserAccessToken()) throw new TypeError("an eBay request needs a token");
  return answerOf(caller.signal, schema, () => work(api));
}

const TokenAnswer = z
  .object({ access_token: z.string().min(1), expires_in: z.number().positive() })
  .transform(({ access_token, expires_in }): AccessToken => ({
    accessToken: access_token,
    accessTokenExpiresAt: new Date(Date.now() + expires_in * 1_000).toISOString(),
  }));

/** Trades the seller's refresh token for an access token (2 h). Not single-flight: the caller sees to that. */
export function renewSellerToken(caller: Caller): Promise<AccessToken> {
  const api = open(caller, SELLER_SCOPES);
  // The package merges the answer over this: an empty access token keeps a broken answer from passing as a good one.
  api.OAuth2.setCredentials({ access_token: "", refresh_token: caller.credentials.refreshToken });
  return answerOf(caller.signal, TokenAnswer, () => api.OAuth2.refreshToken());
}

/** A token of the keyset itself (2 h; eBay gives 1,000 a day), for what belongs to the application. */
export function mintApplicationToken(caller: Caller): Promise<AccessToken> {
  const api = open(caller, APPLICATION_SCOPES);
  return answerOf(caller.signal, TokenAnswer, () => api.OAuth2.mintApplicationAccessToken());
}

/** One package instance a request: its token, its abort signal and its interceptors are instance state. */
function open(caller: Caller, scope: string[]): eBayApi {
  const api = new eBayApi({
    appId: caller.credentials.appId,
    certId: caller.credentials.certId,
    sandbox: false,
    scope,
    autoRefreshToken: false,
    marketplaceId: caller.settings.marketplaceId,
    axiosConfig: {
      timeout: CALL_DEADLINE_MS,
      signal: caller.signal,
      maxRedirects: 0, // a redirect would carry the bearer token elsewhere
      maxContentLength: LARGEST_ANSWER_BYTES,
    },
  });
  api.req.instance.interceptors.request.use((config) => {
    const target = caller.outbound.rewrite("ebay", new URL(config.url ?? ""));
    config.url = target.url.href;
    for (const [name, value] of Object.entries(target.headers)) config.headers.set(name, value);
    return config;
  });
  return api;
}

async function answerOf<T>(signal: AbortSignal, schema: z.ZodType<T>, work: () => Promise<unknown>): Promise<T> {
  let body: unknown;
  try {
    body = await work();
  } catch (error) {
    throw toChannelError(error, signal);
  }
  const refusal = refusalIn(body);
  if (refusal) throw refusal;
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  // Cut JSON and HTML arrive as a plain string with status 200.
  const where = parsed.error.issues[0]?.path.join(".") || "the body";
  throw new ChannelError("unavailable", `eBay's answer is not as documented (${where})`, { code: "unreadable_answer" });
}
