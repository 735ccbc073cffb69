import { ChannelError } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartConnection, WalmartCredentials } from "./credentials.ts";
import { exchange, readAnswer } from "./http.ts";

/** Walmart's tokens live 900 s; renewing at 12 of the 15 minutes leaves no call with one that runs out on the way. */
const RENEW_BEFORE_MS = 3 * 60_000;

const TokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() });

/**
 * A token good for a call now, renewed when it is about to run out or is the one just `refused`.
 * Parallel callers, also in other processes, share one renewal.
 *
 * @throws {ChannelError} `unauthorized` when Walmart refuses the client id and secret.
 */
export async function accessToken(
  connection: WalmartConnection,
  signal: AbortSignal,
  refused?: string,
): Promise<string> {
  const stored = usableToken(await connection.credentials.read(), refused);
  if (stored !== undefined) return stored;
  const renewed = await connection.credentials.renew(async (current) =>
    usableToken(current, refused) === undefined ? requestToken(connection, current, signal) : current,
  );
  const token = usableToken(renewed, refused);
  if (token !== undefined) return token;
  throw new ChannelError("unavailable", "Walmart issued a token that is of no use", { code: "unusable_token" });
}

function usableToken(credentials: WalmartCredentials, refused: string | undefined): string | undefined {
  const { accessToken, accessTokenExpiresAt = 0 } = credentials;
  return accessToken !== refused && accessTokenExpiresAt - RENEW_BEFORE_MS > Date.now() ? accessToken : undefined;
}

/** Client credentials grant. Source: Walmart Marketplace docs, "Get an access token". */
async function requestToken(
  connection: WalmartConnection,
  credentials: WalmartCredentials,
  signal: AbortSignal,
): Promise<WalmartCredentials> {
  const basic = Buffer.from(`${credentials.clientId}:${credentials.clientSecret}`).toString("base64");
  const answer = await exchange(
    connection.outbound.fetch("walmart"),
    {
      method: "POST",
      path: "/v3/token",
      headers: { authorization: `Basic ${basic}`, "content-type": "application/x-www-form-urlencoded" },
      body: "grant_type=client_credentials",
    },
    signal,
  );
  // Bad credentials come back as 400 as well as 401.
  if ([400, 401, 403].includes(answer.status)) {
    throw new ChannelError("unauthorized", "Walmart refused the client ID and client secret", {
      code: "invalid_client",
      httpStatus: answer.status,
    });
  }
  const token = readAnswer(answer, TokenAnswer);
  return {
    ...credentials,
    accessToken: token.access_token,
    accessTokenExpiresAt: Date.now() + token.expires_in * 1_000,
  };
}
