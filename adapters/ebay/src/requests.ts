import { CALL_DEADLINE_MS, ChannelError, type Outbound } from "@lastunit/adapter-contract";
import { eBayApi, SiteId } from "ebay-api";
import { z } from "zod";
import type { EbayCredentials, EbaySettings } from "./connection.ts";
import { refusalIn, toChannelError } from "./errors.ts";
import { quietPackage } from "./quiet-package.ts";
import { APPLICATION_SCOPES, SELLER_SCOPES } from "./scopes.ts";
import { AccessToken, ConsentTokens } from "./tokens.ts";

/** Where the Trading API lives; all else speaks JSON. */
const TRADING_PATH = "/ws/api.dll";

/** No answer we ask for comes near; a page of 200 orders is about 1 MB. */
const LARGEST_ANSWER_BYTES = 32 * 1024 * 1024;

/** What every request needs to know, whoever makes it. */
export interface Caller {
  readonly credentials: Pick<EbayCredentials, "appId" | "certId">;
  readonly settings: Pick<EbaySettings, "marketplaceId">;
  readonly outbound: Outbound;
  readonly signal: AbortSignal;
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

/** Trades the code of a consent for the seller's tokens. */
export function exchangeCode(caller: Caller, code: string, ruName: string): Promise<ConsentTokens> {
  const api = open(caller, SELLER_SCOPES);
  return answerOf(caller.signal, ConsentTokens, () => api.OAuth2.mintUserAccessToken(code, ruName));
}

/**
 * Trades the seller's refresh token for an access token (2 h) with these scopes. Not single-flight: the caller sees to
 * that.
 */
export function renewSellerToken(
  caller: Caller,
  refreshToken: string,
  scopes: readonly string[] = SELLER_SCOPES,
): Promise<AccessToken> {
  const api = open(caller, scopes);
  // The package merges the answer over this: an empty access token keeps a broken answer from passing as a good one.
  api.OAuth2.setCredentials({ access_token: "", refresh_token: refreshToken });
  return answerOf(caller.signal, AccessToken, () => api.OAuth2.refreshToken());
}

/** A token of the keyset itself (2 h; eBay gives 1,000 a day), for what belongs to the application. */
export function mintApplicationToken(caller: Caller): Promise<AccessToken> {
  const api = open(caller, APPLICATION_SCOPES);
  return answerOf(caller.signal, AccessToken, () => api.OAuth2.mintApplicationAccessToken());
}

/** Where the seller consents. The package leaves `state` empty unless it is given one. */
export function consentUrl(keyset: Caller["credentials"], ruName: string, state: string): URL {
  const api = new eBayApi({ ...keyset, sandbox: false });
  const url = new URL(api.OAuth2.generateAuthUrl(ruName, SELLER_SCOPES, state));
  // The browser may be signed in as somebody else; the seller must see as whom they consent.
  url.searchParams.set("prompt", "login");
  return url;
}

/** One package instance a request: its token, its abort signal and its interceptors are instance state. */
function open(caller: Caller, scope: readonly string[]): eBayApi {
  quietPackage();
  const api = new eBayApi({
    appId: caller.credentials.appId,
    certId: caller.credentials.certId,
    sandbox: false,
    scope: [...scope],
    autoRefreshToken: false,
    marketplaceId: caller.settings.marketplaceId,
    siteId: siteOf(caller.settings.marketplaceId),
    axiosConfig: {
      timeout: CALL_DEADLINE_MS,
      signal: caller.signal,
      maxRedirects: 0, // a redirect would carry the bearer token elsewhere
      maxContentLength: LARGEST_ANSWER_BYTES,
    },
  });
  const { interceptors } = api.req.instance;
  interceptors.request.use((config) => {
    const target = caller.outbound.rewrite("ebay", new URL(config.url ?? ""));
    config.url = target.url.href;
    for (const [name, value] of Object.entries(target.headers)) config.headers.set(name, value);
    return config;
  });
  // Here, where the answer still has its status: further in, the package may parse it and lose that.
  interceptors.response.use(wholeAnswer, (error: unknown) => {
    throw toChannelError(error, caller.signal);
  });
  return api;
}

/** The package reads cut XML as far as it goes; half a list of variations would pass for all of them. */
function wholeAnswer<Answer extends { readonly data: unknown; readonly config: { readonly url?: string } }>(
  answer: Answer,
): Answer {
  const isXml = answer.config.url?.includes(TRADING_PATH) ?? false;
  if (!isXml) return { ...answer, data: withoutNulls(answer.data) };
  if (typeof answer.data === "string" && /<\/\w+Response>\s*$/.test(answer.data.slice(-200))) return answer;
  throw unreadable("its end is missing");
}

/** eBay leaves out what is empty. Should it write null for one order's SKU, all others of the page must be read. */
function withoutNulls(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutNulls);
  if (typeof json !== "object" || json === null) return json;
  const told = Object.entries(json).filter(([, value]) => value !== null);
  return Object.fromEntries(told.map(([name, value]) => [name, withoutNulls(value)]));
}

/** The Trading API's number of a marketplace; the package's two lists name some differently. */
function siteOf(marketplaceId: EbaySettings["marketplaceId"]): SiteId {
  const sites: { readonly [name: string]: SiteId | string | undefined } = SiteId;
  const renamed: { readonly [name: string]: SiteId | undefined } = {
    EBAY_CA: SiteId.EBAY_ENCA,
    EBAY_BE: SiteId.EBAY_NLBE,
    EBAY_MOTORS_US: SiteId.EBAY_MOTOR,
  };
  const site = renamed[marketplaceId] ?? sites[marketplaceId];
  // Marketplaces without a site of their own (Taiwan, Thailand, Vietnam) are served by eBay.com.
  return typeof site === "number" ? site : SiteId.EBAY_US;
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
  throw unreadable(parsed.error.issues[0]?.path.join(".") || "the body");
}

function unreadable(where: string): ChannelError {
  return new ChannelError("unavailable", `eBay's answer is not as documented (${where})`, {
    code: "unreadable_answer",
  });
}
