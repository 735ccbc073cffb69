import type { SeededRandom } from "../kit/index.ts";

/** About 18 months (eBay docs: refresh_token_expires_in). */
export const CONSENT_LIFETIME_SECONDS = 47_304_000;

/** What a seller granted the application on the consent page. Lives in its refresh token. */
export interface Consent {
  readonly refreshToken: string;
  readonly scopes: readonly string[];
  /** Epoch milliseconds. */
  readonly endsAt: number;
}

export function grantConsent(consents: Map<string, Consent>, scopes: readonly string[], random: SeededRandom): Consent {
  const refreshToken = `v^1.1#i^1#r^1#${random.hex(48)}`;
  const consent = { refreshToken, scopes, endsAt: Date.now() + CONSENT_LIFETIME_SECONDS * 1_000 };
  consents.set(refreshToken, consent);
  return consent;
}
