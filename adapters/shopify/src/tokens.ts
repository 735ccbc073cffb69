import { ChannelError, type CallContext, type ChannelConnection } from "@lastunit/adapter-contract";
import type { Session } from "@shopify/shopify-api";
import type { ShopifyCredentials, ShopifySettings } from "./connection.ts";
import { unreadable } from "./errors.ts";
import { callShopify, libraryFor } from "./library.ts";

type Connection = ChannelConnection<ShopifyCredentials, ShopifySettings>;

/** Renewed ahead of its end, so that no request starts with a token that ends under way. */
const RENEW_BEFORE_END_MS = 5 * 60_000;

/** The token calls to Shopify carry; undefined when none was granted yet. */
export function tokenOf({ adminAccessToken, accessToken }: ShopifyCredentials): string | undefined {
  return adminAccessToken ?? accessToken;
}

/**
 * Credentials with a usable token, renewed when they have none. While Shopify's token endpoint is away, a token that
 * has not ended yet goes on being used.
 *
 * @param refused a token Shopify has just refused: whatever else is stored by now is tried before renewing.
 * @throws {ChannelError} `unauthorized` when there is no way to a new token.
 */
export async function usableCredentials(
  connection: Connection,
  call: CallContext,
  refused?: string,
): Promise<ShopifyCredentials> {
  const stored = await connection.credentials.read();
  if (isGoodFor(RENEW_BEFORE_END_MS, stored, refused)) return stored;
  try {
    // Another process may have renewed them while this one waited for the lock.
    return await connection.credentials.renew(async (current) =>
      isGoodFor(RENEW_BEFORE_END_MS, current, refused)
        ? current
        : { ...current, ...(await grant(connection, current, call)) },
    );
  } catch (error) {
    const isDead = !(error instanceof ChannelError) || error.failure === "unauthorized";
    if (isDead || call.signal.aborted || !isGoodFor(0, stored, refused)) throw error;
    call.log.warn({ code: error.code }, "could not renew the token yet");
    return stored;
  }
}

function isGoodFor(ms: number, credentials: ShopifyCredentials, refused: string | undefined): boolean {
  const token = tokenOf(credentials);
  if (token === undefined || token === refused) return false;
  const { adminAccessToken, accessTokenExpiresAt } = credentials;
  if (adminAccessToken !== undefined || accessTokenExpiresAt === undefined) return true;
  return Date.parse(accessTokenExpiresAt) - Date.now() > ms;
}

/**
 * Asks for a token: with the refresh token where there is one, else by the client credentials grant, which has none
 * and is simply asked again (Shopify docs: client credentials grant; offline access tokens). A refresh token stays good
 * until its replacement is first used, so an answer that was lost or not stored costs nothing.
 */
async function grant({ settings, outbound }: Connection, credentials: ShopifyCredentials, call: CallContext) {
  const { shop } = settings;
  const { clientId, refreshToken } = credentials;
  if (clientId === undefined) {
    throw new ChannelError("unauthorized", "Shopify refused the Admin API access token", { code: "token_refused" });
  }
  const { auth } = libraryFor(credentials);
  try {
    const { session } = await callShopify(outbound, call.signal, () =>
      refreshToken ? auth.refreshToken({ shop, refreshToken }) : auth.clientCredentials({ shop }),
    );
    return grantedBy(session);
  } catch (error) {
    throw error instanceof ChannelError && error.failure === "rejected" ? refusedCredentials(error) : error;
  }
}

/** All that a token request says is who asks, so a request that is wrong, in whatever words, is of wrong credentials. */
function refusedCredentials({ message, code, httpStatus }: ChannelError): ChannelError {
  return new ChannelError("unauthorized", `Shopify refused the credentials: ${message}`, { code, httpStatus });
}

/** What the library made of a token answer, as it is stored. */
function grantedBy(session: Session) {
  if (!session.accessToken) throw unreadable();
  return {
    accessToken: session.accessToken,
    accessTokenExpiresAt: session.expires?.toISOString(),
    refreshToken: session.refreshToken,
    refreshTokenExpiresAt: session.refreshTokenExpires?.toISOString(),
    scope: session.scope,
  };
}
