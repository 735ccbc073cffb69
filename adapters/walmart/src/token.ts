import { ChannelError, type Outbound } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartConnection, WalmartCredentials, WalmartSettings } from "./credentials.ts";
import { exchange, readAnswer } from "./http.ts";
import { parseJson } from "./json.ts";

/** Walmart's tokens live 900 s; renewing at 12 of the 15 minutes leaves no call with one that runs out on the way. */
const RENEW_BEFORE_MS = 3 * 60_000;
/** A seller's consent lasts a year (Walmart Marketplace OpenAPI, Authentication). */
const CONSENT_MS = 365 * 24 * 3_600_000;

const TokenAnswer = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive(),
  refresh_token: z.string().min(1).optional(),
});

/** The parameters of one of Walmart's three grants. */
type Grant =
  | { readonly grant_type: "client_credentials" }
  | { readonly grant_type: "refresh_token"; readonly refresh_token: string }
  | { readonly grant_type: "authorization_code"; readonly code: string; readonly redirect_uri: string };

/**
 * A token good for a call now, renewed when it is about to run out or is the one just `refused`.
 * Parallel callers, also in other processes, share one renewal.
 *
 * @throws {ChannelError} `unauthorized` when Walmart refuses the keys or the seller's consent.
 */
export async function accessToken(
  connection: WalmartConnection,
  signal: AbortSignal,
  refused?: string,
): Promise<string> {
  const stored = usableToken(await connection.credentials.read(), refused);
  if (stored !== undefined) return stored;
  const renewed = await connection.credentials.renew(async (current) =>
    usableToken(current, refused) === undefined
      ? await requestToken(current, grantOf(current), { ...connection, signal })
      : current,
  );
  // Whether Walmart gives the same token again while it lasts is not documented: then less may be left of it.
  const token = usableToken(renewed, refused, 0);
  if (token !== undefined) return token;
  throw new ChannelError("unavailable", "Walmart issued a token that is of no use", { code: "unusable_token" });
}

function usableToken(
  { accessToken, accessTokenExpiresAt = 0 }: WalmartCredentials,
  refused: string | undefined,
  leaveMs = RENEW_BEFORE_MS,
): string | undefined {
  return accessToken !== refused && accessTokenExpiresAt - leaveMs > Date.now() ? accessToken : undefined;
}

function grantOf({ refreshToken }: WalmartCredentials): Grant {
  return refreshToken === undefined
    ? { grant_type: "client_credentials" }
    : { grant_type: "refresh_token", refresh_token: refreshToken };
}

/**
 * The credentials with the token that a grant gives. A refresh token that comes along replaces the one before; whether
 * Walmart changes it at a refresh is not documented.
 * Source: Walmart Marketplace docs, "Get an access token" and "Transfer authorization and refresh token".
 *
 * @throws {ChannelError} `unauthorized` when Walmart refuses.
 */
export async function requestToken(
  credentials: WalmartCredentials,
  grant: Grant,
  from: {
    readonly outbound: Outbound;
    readonly signal: AbortSignal;
    readonly settings: Pick<WalmartSettings, "sellerId" | "channelType">;
  },
): Promise<WalmartCredentials> {
  const basic = Buffer.from(`${credentials.clientId}:${credentials.clientSecret}`).toString("base64");
  const { sellerId, channelType } = from.settings;
  const answer = await exchange(
    from.outbound.fetch("walmart"),
    {
      method: "POST",
      path: "/v3/token",
      headers: {
        authorization: `Basic ${basic}`,
        "content-type": "application/x-www-form-urlencoded",
        ...(grant.grant_type !== "client_credentials" && { "wm_partner.id": sellerId }),
        ...(channelType !== undefined && { "wm_consumer.channel.type": channelType }),
      },
      body: new URLSearchParams(grant).toString(),
    },
    from.signal,
  );
  // Bad credentials come back as 400 as well as 401; a page that is not JSON is the edge's and says nothing of them.
  if ([400, 401, 403].includes(answer.status) && (answer.text === "" || parseJson(answer.text) !== undefined)) {
    throw new ChannelError("unauthorized", refusals[grant.grant_type], {
      code: grant.grant_type === "client_credentials" ? "invalid_client" : "invalid_grant",
      httpStatus: answer.status,
    });
  }
  const token = readAnswer(answer, TokenAnswer);
  const now = Date.now();
  const isNew = token.refresh_token !== undefined && token.refresh_token !== credentials.refreshToken;
  return {
    ...credentials,
    accessToken: token.access_token,
    accessTokenExpiresAt: now + token.expires_in * 1_000,
    ...(isNew && {
      refreshToken: token.refresh_token,
      refreshTokenExpiresAt: new Date(now + CONSENT_MS).toISOString(),
    }),
  };
}

const refusals: { readonly [type in Grant["grant_type"]]: string } = {
  client_credentials: "Walmart refused the client ID and client secret",
  refresh_token: "Walmart no longer takes the seller's consent: connect again and agree on Walmart's page",
  authorization_code: "Walmart refused the authorization code: connect again",
};
