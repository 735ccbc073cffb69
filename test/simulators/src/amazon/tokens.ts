import type { SeededRandom } from "../kit/index.ts";

/** Amazon docs, LWA: access tokens live one hour; the refresh token doesn't rotate. */
const ACCESS_SECONDS = 3_600;
/** Amazon docs, website authorization workflow. */
const CODE_MS = 5 * 60_000;
const DAY_MS = 24 * 3_600_000;
/** Amazon docs, renew authorizations: the seller has to authorize the app anew within a year. */
const AUTHORIZED_MS = 365 * DAY_MS;
/** Amazon docs, rotate your application's LWA credentials. */
const SECRET_MS = 180 * DAY_MS;

/** What an access token may be used for: the seller's data, or an operation that needs no seller. */
export type Access = "seller" | "grantless";

export type TokenState = Access | "expired" | "unknown";

export interface IssuedToken {
  readonly access_token: string;
  readonly token_type: "bearer";
  readonly expires_in: number;
}

/** Login with Amazon for one app and the seller who authorized it. */
export interface Tokens {
  readonly clientId: string;
  /** Whether it is the app's client secret, and has not ended. */
  accepts(clientSecret: unknown): boolean;
  issue(access: Access): IssuedToken;
  stateOf(accessToken: string): TokenState;
  /** Whether the access token was ever issued here. */
  knows(accessToken: string): boolean;
  /** Whether the refresh token is the one of an authorization that stands. */
  refreshes(refreshToken: string | undefined): boolean;
  readonly refreshToken: string;
  /** The seller agrees on the consent page: a code to be exchanged once. */
  authorize(): string;
  /** The refresh token of a new authorization; undefined when the code was never given out, was used before or is old. */
  exchange(code: string | undefined): string | undefined;
  revoke(): void;
}

export function createTokens(
  app: { readonly clientId: string; readonly clientSecret: string },
  random: SeededRandom,
): Tokens {
  const issued = new Map<string, { readonly access: Access; readonly expiresAt: number }>();
  /** Revoked with the authorization they belong to, which doesn't come back. */
  const revoked = new Set<string>();
  const codes = new Map<string, number>();
  const newRefreshToken = () => `Atzr|${random.hex(64)}`;
  const secretEndsAt = Date.now() + SECRET_MS;
  let refreshToken = newRefreshToken();
  let authorizedUntil = Date.now() + AUTHORIZED_MS;
  let isRevoked = false;

  return {
    clientId: app.clientId,
    accepts: (given) => given === app.clientSecret && Date.now() < secretEndsAt,
    get refreshToken() {
      return refreshToken;
    },
    refreshes: (given) => !isRevoked && given === refreshToken && Date.now() < authorizedUntil,
    issue(access) {
      const token = `Atza|${random.hex(64)}`;
      issued.set(token, { access, expiresAt: Date.now() + ACCESS_SECONDS * 1_000 });
      return { access_token: token, token_type: "bearer", expires_in: ACCESS_SECONDS };
    },
    stateOf(accessToken) {
      const token = issued.get(accessToken);
      if (!token || revoked.has(accessToken)) return "unknown";
      return token.expiresAt > Date.now() ? token.access : "expired";
    },
    knows: (accessToken) => issued.has(accessToken),
    authorize() {
      const code = random.hex(24);
      codes.set(code, Date.now() + CODE_MS);
      return code;
    },
    exchange(code = "") {
      const endsAt = codes.get(code) ?? 0;
      codes.delete(code);
      if (endsAt <= Date.now()) return undefined;
      if (isRevoked) refreshToken = newRefreshToken();
      isRevoked = false;
      authorizedUntil = Date.now() + AUTHORIZED_MS;
      return refreshToken;
    },
    revoke() {
      isRevoked = true;
      for (const token of issued.keys()) revoked.add(token);
    },
  };
}
