import type { SeededRandom } from "../kit/index.ts";
import type { Seller } from "./seller.ts";

/** The one registered app of a solution provider. */
export const app = {
  clientId: "2a44c735-6d2a-4061-8aa8-000000000001",
  clientSecret: "secret-of-the-solution-providers-app",
  /** Given at onboarding. */
  channelType: "5b6e1f0c-9c2e-4d0e-8a57-000000000001",
} as const;

const CODE_LIFETIME_MS = 10 * 60_000;
/** A year (Walmart Authentication OpenAPI). */
const REFRESH_LIFETIME_MS = 365 * 24 * 3_600_000;

/** What sellers granted the app. */
export interface Consents {
  /** A seller agrees: a code for the app, good once, for this redirect address. */
  grant(seller: Seller, redirectUri: string): string;
  /** Uses a code up. @returns the seller's refresh token; undefined when the code is not good for this seller and address. */
  redeem(code: string, partnerId: string, redirectUri: string): string | undefined;
  /** The seller who consented; undefined when the token is unknown, another seller's, expired or revoked. */
  find(refreshToken: string, partnerId: string): Seller | undefined;
}

export function createConsents(random: SeededRandom): Consents {
  const codes = new Map<string, { readonly seller: Seller; readonly redirectUri: string; readonly until: number }>();
  const refreshTokens = new Map<string, { readonly seller: Seller; readonly until: number }>();
  return {
    grant(seller, redirectUri) {
      const code = random.hex(32).toUpperCase();
      codes.set(code, { seller, redirectUri, until: Date.now() + CODE_LIFETIME_MS });
      return code;
    },
    redeem(code, partnerId, redirectUri) {
      const granted = codes.get(code);
      codes.delete(code);
      if (!granted || granted.until <= Date.now() || granted.redirectUri !== redirectUri) return undefined;
      if (granted.seller.partnerId !== partnerId) return undefined;
      const refreshToken = `APX${random.hex(60)}`;
      refreshTokens.set(refreshToken, { seller: granted.seller, until: Date.now() + REFRESH_LIFETIME_MS });
      return refreshToken;
    },
    find(refreshToken, partnerId) {
      const found = refreshTokens.get(refreshToken);
      const isGood =
        found && found.until > Date.now() && found.seller.partnerId === partnerId && !found.seller.isRevoked;
      return isGood ? found.seller : undefined;
    },
  };
}
