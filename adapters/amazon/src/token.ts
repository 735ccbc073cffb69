import { ChannelError } from "@lastunit/adapter-contract";
import type { AmazonConnection, AmazonCredentials } from "./connection.ts";
import { login, type Token } from "./login.ts";

/** Renewed ahead of its end, so that no call starts with a token that ends under way. */
const RENEW_BEFORE_END_MS = 5 * 60_000;

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

/** A token of the app itself, for operations that concern no seller. Needed once a day, so never kept. */
export async function applicationToken(connection: AmazonConnection, signal: AbortSignal): Promise<string> {
  const { outbound } = connection;
  const credentials = await connection.credentials.read();
  const grant = { grant_type: "client_credentials", scope: "sellingpartnerapi::notifications" } as const;
  return (await login(credentials, grant, { outbound, signal })).access_token;
}

/** The credentials with what Amazon issued. The refresh token does not rotate; were it to, the new one counts. */
export function withToken<
  Credentials extends Pick<AmazonCredentials, "refreshToken" | "authorizedAt" | "clientSecretSince">,
>(current: Credentials, token: Token) {
  const now = Date.now();
  const authorizedAt = current.authorizedAt ?? new Date(now).toISOString();
  return {
    ...current,
    refreshToken: token.refresh_token ?? current.refreshToken,
    accessToken: token.access_token,
    accessTokenExpiresAt: new Date(now + token.expires_in * 1_000).toISOString(),
    authorizedAt,
    // Both came with the same connect, so the secret is at least that old.
    clientSecretSince: current.clientSecretSince ?? authorizedAt,
  };
}

function usable(credentials: AmazonCredentials, refused: string | undefined): string | undefined {
  const { accessToken, accessTokenExpiresAt } = credentials;
  if (accessToken === refused || accessTokenExpiresAt === undefined) return undefined;
  return Date.parse(accessTokenExpiresAt) - Date.now() > RENEW_BEFORE_END_MS ? accessToken : undefined;
}

async function renew(
  { outbound }: AmazonConnection,
  current: AmazonCredentials,
  signal: AbortSignal,
): Promise<AmazonCredentials> {
  const grant = { grant_type: "refresh_token", refresh_token: current.refreshToken } as const;
  return withToken(current, await login(current, grant, { outbound, signal }));
}
