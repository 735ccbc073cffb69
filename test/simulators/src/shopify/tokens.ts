import { createHmac } from "node:crypto";
import type { SeededRandom } from "../kit/index.ts";

/** Shopify docs: 24 h for the client credentials grant, 1 h for an expiring offline token, 90 days for its refresh token. */
const CLIENT_CREDENTIALS_SECONDS = 86_399;
const OFFLINE_SECONDS = 3_600;
const REFRESH_SECONDS = 90 * 86_400;

export interface TokenAnswer {
  readonly access_token: string;
  readonly scope: string;
  readonly expires_in: number;
  readonly refresh_token?: string;
  readonly refresh_token_expires_in?: number;
}

/** The app's secret and the tokens it was given for one shop. */
export interface Tokens {
  readonly app: { readonly clientId: string; readonly clientSecret: string };
  readonly scopes: readonly string[];
  clientCredentials(): TokenAnswer;
  /** A code for the redirect back to the app; good once. */
  authorize(): string;
  /** Undefined: unknown or used code. */
  exchange(code: string): TokenAnswer | undefined;
  /** Undefined: `invalid_grant`. A refresh token stays good until its replacement is first used. */
  refresh(refreshToken: string): TokenAnswer | undefined;
  /** Whether the access token is good now; using it retires the refresh token it came from. */
  use(accessToken: string): boolean;
  /** The signature of an OAuth redirect or a webhook body under the client secret. */
  sign(text: string, encoding: "hex" | "base64"): string;
  /** Every token is dead, and so are the app's credentials. */
  revoke(): void;
  readonly isRevoked: boolean;
}

interface Pair {
  readonly access: string;
  readonly refresh: string | null;
  readonly expiresAt: number;
  readonly replaces: Pair | null;
  retired: boolean;
}

export function createTokens(app: Tokens["app"], scopes: readonly string[], random: SeededRandom): Tokens {
  const pairs: Pair[] = [];
  const codes = new Set<string>();
  let isRevoked = false;

  function issue(seconds: number, replaces: Pair | null, withRefresh: boolean): TokenAnswer {
    const access = `shpat_${random.hex(32)}`;
    const refresh = withRefresh ? `shprt_${random.hex(32)}` : null;
    pairs.push({ access, refresh, expiresAt: Date.now() + seconds * 1_000, replaces, retired: false });
    return {
      access_token: access,
      scope: scopes.join(","),
      expires_in: seconds,
      ...(refresh && { refresh_token: refresh, refresh_token_expires_in: REFRESH_SECONDS }),
    };
  }

  function retirePredecessor(pair: Pair): void {
    if (pair.replaces) pair.replaces.retired = true;
  }

  return {
    app,
    scopes,
    get isRevoked() {
      return isRevoked;
    },
    clientCredentials: () => issue(CLIENT_CREDENTIALS_SECONDS, null, false),
    authorize() {
      const code = random.hex(32);
      codes.add(code);
      return code;
    },
    exchange: (code) => (codes.delete(code) ? issue(OFFLINE_SECONDS, null, true) : undefined),
    refresh(refreshToken) {
      const pair = pairs.find(({ refresh }) => refresh === refreshToken);
      if (!pair || pair.retired || isRevoked) return undefined;
      retirePredecessor(pair);
      return issue(OFFLINE_SECONDS, pair, true);
    },
    use(accessToken) {
      const pair = pairs.find(({ access }) => access === accessToken);
      if (!pair || isRevoked || pair.expiresAt <= Date.now()) return false;
      retirePredecessor(pair);
      return true;
    },
    sign: (text, encoding) => createHmac("sha256", app.clientSecret).update(text).digest(encoding),
    revoke() {
      isRevoked = true;
    },
  };
}
