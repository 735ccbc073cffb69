import { ChannelError, type Authorization, type ConnectAnswers, type Outbound } from "@lastunit/adapter-contract";
import { z } from "zod";
import { CONSENT_SCOPES } from "./check.ts";
import { ShopifyCredentials, ShopifySettings } from "./connection.ts";
import { refusal, readAnswer, toChannelError, unreadable } from "./errors.ts";
import { libraryFor } from "./library.ts";

/** What has to be known before the merchant is sent off: the shop, and the app that asks. */
const Answers = z.object({
  settings: ShopifySettings,
  credentials: z.object({
    clientId: ShopifyCredentials.shape.clientId.unwrap(),
    clientSecret: ShopifyCredentials.shape.clientSecret,
    previousClientSecret: ShopifyCredentials.shape.previousClientSecret,
  }),
});
type Answers = z.infer<typeof Answers>;

/** Shopify docs, offline access tokens: an hour, and 90 days for the refresh token of an expiring one. */
const TokenAnswer = z.object({
  access_token: z.string().min(1),
  scope: z.string(),
  expires_in: z.number().optional(),
  refresh_token: z.string().min(1).optional(),
  refresh_token_expires_in: z.number().optional(),
});

/**
 * Shopify docs, authorization code grant. Not the library's `auth.begin` and `auth.callback`, which keep the state in a
 * cookie of their own, answer the browser themselves and turn away what they take for a bot.
 */
export const authorization: Authorization<ShopifyCredentials, ShopifySettings> = {
  asks: ["shop", "clientId", "clientSecret"],
  takes: ["previousClientSecret"],

  consentUrl(answers, { state, redirectUrl }) {
    const { settings, credentials } = parseAnswers(answers);
    const url = new URL(`https://${settings.shop}/admin/oauth/authorize`);
    url.searchParams.set("client_id", credentials.clientId);
    url.searchParams.set("scope", CONSENT_SCOPES.join(","));
    url.searchParams.set("redirect_uri", redirectUrl);
    url.searchParams.set("state", state);
    // Empty: a token of the app for the shop, not of the person who agrees.
    url.searchParams.set("grant_options[]", "");
    return url;
  },

  async exchange(callback, answers, { state, outbound, signal }) {
    const { settings, credentials } = parseAnswers(answers);
    await assertGenuine(callback, { shop: settings.shop, state, credentials });
    const code = callback.get("code");
    if (!code) throw new ChannelError("unauthorized", "The shop did not agree.", { code: "declined" });
    const granted = await exchangeCode({ shop: settings.shop, credentials, code, outbound, signal });
    return { settings, credentials: { ...credentials, ...granted } };
  },
};

function parseAnswers(answers: ConnectAnswers): Answers {
  const parsed = Answers.safeParse({ settings: answers, credentials: answers });
  if (parsed.success) return parsed.data;
  const names = parsed.error.issues.map(({ path, message }) => `${String(path.at(-1))}: ${message}`);
  throw new ChannelError("rejected", names.join("; "), { code: "invalid_answer" });
}

/** The hmac covers the whole query, but under a secret that is the app's and not the shop's: the shop is compared too. */
async function assertGenuine(
  callback: URLSearchParams,
  asked: { readonly shop: string; readonly state: string; readonly credentials: Answers["credentials"] },
): Promise<void> {
  const { utils } = libraryFor(asked.credentials);
  // Throws when there is no hmac, or the timestamp is missing or more than 90 s away.
  const isSigned = await utils.validateHmac(callback).catch(() => false);
  const isAsked = callback.get("state") === asked.state && callback.get("shop") === asked.shop;
  if (isSigned && isAsked) return;
  const why = isSigned ? "is for another shop or another try" : "is not signed by Shopify, or too old";
  throw new ChannelError("unauthorized", `The answer of the consent page ${why}: start again.`, {
    code: "invalid_callback",
  });
}

async function exchangeCode(request: {
  readonly shop: string;
  readonly credentials: Answers["credentials"];
  readonly code: string;
  readonly outbound: Outbound;
  readonly signal: AbortSignal;
}) {
  const { shop, credentials, code, outbound, signal } = request;
  // Not expiring unless asked for, and from 2027 on refused: Shopify docs, offline access tokens.
  const body = { client_id: credentials.clientId, client_secret: credentials.clientSecret, code, expiring: "1" };
  const now = Date.now();
  const answer = await post(outbound, `https://${shop}/admin/oauth/access_token`, body, signal);
  const inFuture = (seconds: number | undefined) =>
    seconds === undefined ? undefined : new Date(now + seconds * 1_000).toISOString();
  return {
    accessToken: answer.access_token,
    accessTokenExpiresAt: inFuture(answer.expires_in),
    refreshToken: answer.refresh_token,
    refreshTokenExpiresAt: inFuture(answer.refresh_token_expires_in),
    scope: answer.scope,
  };
}

async function post(outbound: Outbound, url: string, body: object, signal: AbortSignal) {
  let response: Response;
  let text: string;
  try {
    const headers = { "content-type": "application/json", accept: "application/json" };
    response = await outbound.fetch("shopify")(url, { method: "POST", headers, body: JSON.stringify(body), signal });
    text = await response.text();
  } catch (error) {
    throw toChannelError(error, undefined, signal);
  }
  const answer = parseJson(text);
  if (!response.ok) throw refusal(readAnswer(response), answer);
  const granted = TokenAnswer.safeParse(answer);
  if (!granted.success) throw unreadable(response.status);
  return granted.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
