import { ChannelError } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { AmazonConnection, AmazonCredentials } from "./connection.ts";
import { noAnswer, parseJson } from "./errors.ts";

const LOGIN = "https://api.amazon.com/auth/o2/token";
/** Renewed ahead of its end, so that no call starts with a token that ends under way. */
const RENEW_BEFORE_END_MS = 5 * 60_000;

const Token = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });
/** RFC 6749, section 5.2. */
const Refusal = z.object({ error: z.string() });

/**
 * An access token for the seller's data, renewed when it is about to run out or is the one just `refused`.
 * Parallel callers, also in other processes, share one renewal; the client package would fetch one each.
 *
 * @throws {ChannelError} `unauthorized` when the authorization was revoked or has expired.
 */
export async function sellerToken(
  connection: AmazonConnection,
  signal: AbortSignal,
  refused?: string,
): Promise<string> {
  const stored = usable(await connection.credentials.read(), refused);
  if (stored !== undefined) return stored;
  const renewed = await connection.credentials.renew(async (current) =>
    usable(current, refused) === undefined ? await renew(connection, current, signal) : current,
  );
  const token = usable(renewed, refused);
  if (token !== undefined) return token;
  throw new ChannelError("unavailable", "Amazon issued a token that is of no use", { code: "unusable_token" });
}

/** A token of the app itself, for operations that concern no seller. Needed once in a while, so never kept. */
export async function applicationToken(connection: AmazonConnection, signal: AbortSignal): Promise<string> {
  const credentials = await connection.credentials.read();
  const grant = { grant_type: "client_credentials", scope: "sellingpartnerapi::notifications" };
  return (await login(connection, credentials, grant, signal)).access_token;
}

function usable(credentials: AmazonCredentials, refused: string | undefined): string | undefined {
  const { accessToken, accessTokenExpiresAt } = credentials;
  if (accessToken === refused || accessTokenExpiresAt === undefined) return undefined;
  return Date.parse(accessTokenExpiresAt) - Date.now() > RENEW_BEFORE_END_MS ? accessToken : undefined;
}

async function renew(
  connection: AmazonConnection,
  current: AmazonCredentials,
  signal: AbortSignal,
): Promise<AmazonCredentials> {
  const grant = { grant_type: "refresh_token", refresh_token: current.refreshToken };
  const token = await login(connection, current, grant, signal);
  const accessTokenExpiresAt = new Date(Date.now() + token.expires_in * 1_000).toISOString();
  return { ...current, accessToken: token.access_token, accessTokenExpiresAt };
}

/** Amazon docs: Login with Amazon. Not by the package: it drops `expires_in` and the status. */
async function login(
  connection: AmazonConnection,
  { clientId, clientSecret }: AmazonCredentials,
  grant: { readonly [field: string]: string },
  signal: AbortSignal,
): Promise<z.infer<typeof Token>> {
  const { status, text } = await post(
    connection,
    { ...grant, client_id: clientId, client_secret: clientSecret },
    signal,
  );
  const body = parseJson(text);
  const token = Token.safeParse(body);
  if (status === 200 && token.success) return token.data;
  throw refusalOf(status, Refusal.safeParse(body).data?.error);
}

async function post(connection: AmazonConnection, body: object, signal: AbortSignal) {
  try {
    const response = await connection.outbound.fetch("amazon")(LOGIN, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw noAnswer(error, signal);
  }
}

function refusalOf(status: number, error: string | undefined): ChannelError {
  const code = error ?? String(status);
  if (status === 429) {
    return new ChannelError("rate_limited", "Login with Amazon is throttled", { code, httpStatus: status });
  }
  if (status >= 500 || status < 400 || error === undefined) {
    return new ChannelError("unavailable", `Login with Amazon answered ${status}`, { code, httpStatus: status });
  }
  const remedy =
    error === "invalid_grant"
      ? "the authorization was revoked or has expired (it lasts a year); authorize the app again and paste the new refresh token"
      : "check the LWA client ID and client secret";
  return new ChannelError("unauthorized", `Amazon refused the credentials (${code}): ${remedy}`, {
    code,
    httpStatus: status,
  });
}
