import type { SeededRandom } from "../kit/index.ts";
import type { Application } from "./application.ts";
import type { Consent } from "./consent.ts";
import type { Seller } from "./seller.ts";

export const TOKEN_LIFETIME_SECONDS = 7_200;

/** What an access token stands for: a seller's consent, or the application alone (both null). */
export interface Grant {
  readonly application: Application;
  readonly seller: Seller | null;
  readonly consent: Consent | null;
  readonly scopes: readonly string[];
}

export interface Tokens {
  /** Makes an access token that lives two hours. */
  issue(grant: Grant): string;
  /** Undefined: never issued, expired, or its seller took the access back. */
  find(token: string): Grant | undefined;
  /** Ends the two hours of every token of this seller's now. */
  expire(seller: Seller): void;
  /** Whether its two hours are over. */
  hasExpired(token: string): boolean;
  /** The application a token was issued to, whether or not it still works. */
  applicationOf(token: string): Application | undefined;
}

export function createTokens(random: SeededRandom): Tokens {
  const issued = new Map<string, Grant & { expiresAt: number }>();
  return {
    issue(grant) {
      const token = `v^1.1#i^1#p^3#${random.hex(64)}`;
      issued.set(token, { ...grant, expiresAt: Date.now() + TOKEN_LIFETIME_SECONDS * 1_000 });
      return token;
    },
    find(token) {
      const grant = issued.get(token);
      if (!grant || grant.expiresAt <= Date.now()) return undefined;
      const isRevoked = grant.consent && !grant.seller?.consents.has(grant.consent.refreshToken);
      return isRevoked ? undefined : grant;
    },
    expire(seller) {
      for (const grant of issued.values()) if (grant.seller === seller) grant.expiresAt = Date.now();
    },
    hasExpired: (token) => (issued.get(token)?.expiresAt ?? Infinity) <= Date.now(),
    applicationOf: (token) => issued.get(token)?.application,
  };
}

/** The token of an `Authorization: Bearer` header. */
export function bearerToken(header: string | undefined): string | undefined {
  return header?.startsWith("Bearer ") ? header.slice("Bearer ".length) : undefined;
}
