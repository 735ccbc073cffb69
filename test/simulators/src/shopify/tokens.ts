import { createHmac } from "node:crypto";
import type { SeededRandom } from "../kit/index.ts";

/** Shopify docs: 24 h for the client credentials grant, 1 h for an expiring offline token, 90 days for its refresh token. */
const CLIENT_CREDENTIALS_SECONDS = 86_399;
const OFFLINE_SECONDS = 3_600;
const REFRESH_SECONDS = 90 * 86_400;
/** A refresh token that was used once can be used again for this long (changelog: more-resilient-refreshes). */
const RETRY_SECONDS = 30 * 86_400;

export interface TokenAnswer {
  readonly access_token: string;
  readonly scope: string;
  readonly expires_in?: number;
  readonly refresh_token?: string;
  readonly refresh_token_expires_in?: number;
}

/** The app's secrets and the tokens it was given for one shop. */
export interface Tokens {
  readonly app: { readonly clientId: string; readonly clientSecret: string };
  /** What the app is granted on this shop now. */
  readonly scopes: readonly string[];
  /** Also an older secret, until it is revoked, which is not simulated. */
  isSecret(secret: string | undefined): boolean;
  clientCredentials(): TokenAnswer;
  /** A code for the redirect back to the app; good once. The app is granted what it asked for, of what it may. */
  authorize(scopes: readonly string[]): string;
  /**
   * Undefined: unknown or used code. A token that does not expire is given but, as for every public app from 2027 on,
   * not taken by the API.
   */
  exchange(code: string, isExpiring: boolean): TokenAnswer | undefined;
  /** Undefined: `invalid_grant`. A refresh token stays good until its replacement is first used. */
  refresh(refreshToken: string): TokenAnswer | undefined;
  /** The token of a custom app that the merchant made in the shop's admin. Never ends, never changes. */
  customAppToken(): string;
  /** Whether the access token is good now; using it retires the refresh token it came from. */
  use(accessToken: string): boolean;
  /** The signature of an OAuth redirect or a webhook body under the newest client secret. */
  sign(text: string, encoding: "hex" | "base64"): string;
  /** The app gets a new secret. */
  rotate(): { readonly secret: string; readonly previous: string };
  /** Every token is dead, and so are the app's credentials. */
  revoke(): void;
  readonly isRevoked: boolean;
}

interface Pair {
  readonly access: string;
  readonly refresh: string | null;
  readonly expiresAt: number;
  readonly replaces: Pair | null;
  /** When its refresh token ends. */
  refreshUntil: number;
}

export function createTokens(
  app: { readonly clientId: string; readonly clientSecret: string },
  mayAsk: readonly string[],
  random: SeededRandom,
): Tokens {
  const pairs: Pair[] = [];
  const codes = new Map<string, readonly string[]>();
  const secrets = [app.clientSecret];
  let scopes = mayAsk;
  let isRevoked = false;

  function add(access: string, seconds: number, refresh: string | null, replaces: Pair | null): void {
    const now = Date.now();
    const refreshUntil = now + REFRESH_SECONDS * 1_000;
    pairs.push({ access, refresh, expiresAt: now + seconds * 1_000, replaces, refreshUntil });
  }

  function issue(seconds: number, replaces: Pair | null, withRefresh: boolean): TokenAnswer {
    const access = `shpat_${random.hex(32)}`;
    const refresh = withRefresh ? `shprt_${random.hex(32)}` : null;
    add(access, seconds, refresh, replaces);
    return {
      access_token: access,
      scope: scopes.join(","),
      expires_in: seconds,
      ...(refresh && { refresh_token: refresh, refresh_token_expires_in: REFRESH_SECONDS }),
    };
  }

  function retirePredecessor(pair: Pair): void {
    if (pair.replaces) pair.replaces.refreshUntil = 0;
  }

  return {
    app,
    get scopes() {
      return scopes;
    },
    get isRevoked() {
      return isRevoked;
    },
    isSecret: (secret) => secret !== undefined && secrets.includes(secret),
    clientCredentials: () => issue(CLIENT_CREDENTIALS_SECONDS, null, false),
    authorize(asked) {
      const code = random.hex(32);
      codes.set(code, asked);
      return code;
    },
    exchange(code, isExpiring) {
      const asked = codes.get(code);
      if (!asked) return undefined;
      codes.delete(code);
      scopes = mayAsk.filter((scope) => asked.includes(scope));
      if (isExpiring) return issue(OFFLINE_SECONDS, null, true);
      return { access_token: `shpat_${random.hex(32)}`, scope: scopes.join(",") };
    },
    refresh(refreshToken) {
      const pair = pairs.find(({ refresh }) => refresh === refreshToken);
      if (!pair || pair.refreshUntil <= Date.now() || isRevoked) return undefined;
      retirePredecessor(pair);
      pair.refreshUntil = Math.min(pair.refreshUntil, Date.now() + RETRY_SECONDS * 1_000);
      return issue(OFFLINE_SECONDS, pair, true);
    },
    customAppToken() {
      const access = `shpat_${random.hex(32)}`;
      add(access, Number.POSITIVE_INFINITY, null, null);
      return access;
    },
    use(accessToken) {
      const pair = pairs.find(({ access }) => access === accessToken);
      if (!pair || isRevoked || pair.expiresAt <= Date.now()) return false;
      retirePredecessor(pair);
      return true;
    },
    sign: (text, encoding) =>
      createHmac("sha256", secrets.at(-1) ?? "")
        .update(text)
        .digest(encoding),
    rotate() {
      const previous = secrets.at(-1) ?? "";
      const secret = `shpss_${random.hex(32)}`;
      secrets.push(secret);
      return { secret, previous };
    },
    revoke() {
      isRevoked = true;
    },
  };
}
