import { z } from "zod";

/** Renewed ahead of its end, so that no request starts with a token that ends under way. */
const RENEW_BEFORE_END_MS = 5 * 60_000;

export function isFresh(expiresAt: string): boolean {
  return Date.parse(expiresAt) - Date.now() > RENEW_BEFORE_END_MS;
}

const inSeconds = z
  .number()
  .positive()
  .transform((seconds) => new Date(Date.now() + seconds * 1_000).toISOString());

/** A bearer token and the moment it ends, ISO 8601. */
export const AccessToken = z
  .object({ access_token: z.string().min(1), expires_in: inSeconds })
  .transform(({ access_token, expires_in }) => ({ accessToken: access_token, accessTokenExpiresAt: expires_in }));
export type AccessToken = z.infer<typeof AccessToken>;

/** What a consent is traded for. A renewal brings no new refresh token: this one lives about 18 months. */
export const ConsentTokens = z
  .object({
    access_token: z.string().min(1),
    expires_in: inSeconds,
    refresh_token: z.string().min(1),
    refresh_token_expires_in: inSeconds.optional(),
  })
  .transform((tokens) => ({
    accessToken: tokens.access_token,
    accessTokenExpiresAt: tokens.expires_in,
    refreshToken: tokens.refresh_token,
    ...(tokens.refresh_token_expires_in !== undefined && { refreshTokenExpiresAt: tokens.refresh_token_expires_in }),
  }));
export type ConsentTokens = z.infer<typeof ConsentTokens>;
