import { ChannelError, type Outbound } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { AmazonCredentials } from "./connection.ts";
import { noAnswer, parseJson } from "./errors.ts";

const LOGIN = "https://api.amazon.com/auth/o2/token";

const Token = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
  refresh_token: z.string().min(1).optional(),
});
export type Token = z.infer<typeof Token>;

/** RFC 6749, section 5.2. */
const Refusal = z.object({ error: z.string() });

/** What a token is asked for by. */
export type Grant =
  | { readonly grant_type: "authorization_code"; readonly code: string }
  | { readonly grant_type: "refresh_token"; readonly refresh_token: string }
  | { readonly grant_type: "client_credentials"; readonly scope: string };

/** What the merchant must do when Amazon calls the grant invalid. */
const remedies: { readonly [type in Grant["grant_type"]]: string } = {
  authorization_code: "the code was used before or is older than about five minutes; connect again",
  refresh_token:
    "the authorization was revoked or has expired (it lasts a year); authorize the app again and paste the new refresh token",
  client_credentials: "the app may not call operations of its own; check its roles",
};

/** Amazon docs, rotate your application's LWA credentials: the old secret goes on for 7 days beside a new one. */
const wrongApp =
  "check the LWA client ID and client secret; a secret ends after 180 days, and 7 days after a new one was made";

/**
 * Asks Login with Amazon (LWA) for a token. Not by the client package: it drops `expires_in` and the status.
 *
 * @throws {ChannelError} `unauthorized` when the grant or the app's own keys are refused.
 */
export async function login(
  { clientId, clientSecret }: Pick<AmazonCredentials, "clientId" | "clientSecret">,
  grant: Grant,
  { outbound, signal }: { readonly outbound: Outbound; readonly signal: AbortSignal },
): Promise<Token> {
  const { status, text } = await post({ ...grant, client_id: clientId, client_secret: clientSecret }, outbound, signal);
  const body = parseJson(text);
  const token = Token.safeParse(body);
  if (status === 200 && token.success) return token.data;
  throw refusalOf(status, Refusal.safeParse(body).data?.error, grant);
}

async function post(body: object, outbound: Outbound, signal: AbortSignal) {
  try {
    const response = await outbound.fetch("amazon")(LOGIN, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      redirect: "error",
      signal,
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw noAnswer(error, signal);
  }
}

function refusalOf(status: number, error: string | undefined, grant: Grant): ChannelError {
  const code = error ?? String(status);
  const detail = { code, httpStatus: status };
  if (status === 429) return new ChannelError("rate_limited", "Login with Amazon is throttled", detail);
  if (status >= 500 || status < 400 || error === undefined) {
    return new ChannelError("unavailable", `Login with Amazon answered ${status}`, detail);
  }
  const remedy = error === "invalid_grant" ? remedies[grant.grant_type] : wrongApp;
  return new ChannelError("unauthorized", `Amazon refused the credentials (${code}): ${remedy}`, detail);
}
