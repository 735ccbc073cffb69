import type { SeededRandom } from "../kit/index.ts";

/** Amazon docs, LWA: access tokens live one hour; the refresh token doesn't rotate. */
const ACCESS_SECONDS = 3_600;

/** What an access token may be used for: the seller's data, or an operation that needs no seller. */
export type Access = "seller" | "grantless";

export type TokenState = Access | "expired" | "unknown";

/** Login with Amazon for one app and the seller who authorized it. */
export interface Tokens {
  readonly app: { readonly clientId: string; readonly clientSecret: string; readonly refreshToken: string };
  issue(access: Access): { readonly access_token: string; readonly token_type: "bearer"; readonly expires_in: number };
  stateOf(accessToken: string): TokenState;
  /** Whether the access token was ever issued here. */
  knows(accessToken: string): boolean;
  revoke(): void;
  readonly isRevoked: boolean;
}

export function createTokens(app: Tokens["app"], random: SeededRandom): Tokens {
  const issued = new Map<string, { readonly access: Access; readonly expiresAt: number }>();
  let isRevoked = false;

  return {
    app,
    get isRevoked() {
      return isRevoked;
    },
    issue(access) {
      const token = `Atza|${random.hex(64)}`;
      issued.set(token, { access, expiresAt: Date.now() + ACCESS_SECONDS * 1_000 });
      return { access_token: token, token_type: "bearer", expires_in: ACCESS_SECONDS };
    },
    stateOf(accessToken) {
      const token = issued.get(accessToken);
      if (!token || isRevoked) return "unknown";
      return token.expiresAt > Date.now() ? token.access : "expired";
    },
    knows: (accessToken) => issued.has(accessToken),
    revoke() {
      isRevoked = true;
    },
  };
}
