import type { ConnectField } from "@lastunit/adapter-contract";
import { MarketplaceId } from "ebay-api";
import { z } from "zod";

/** One half of a keyset. eBay writes into both of a sandbox keyset that it is one; no call of it would be answered. */
function ofProduction(sandbox: RegExp) {
  return z
    .string()
    .trim()
    .min(1)
    .refine((id) => !sandbox.test(id), "is of a sandbox keyset (SBX): copy it from the production keyset (PRD)");
}

/**
 * What is kept encrypted. `appId` and `certId` are the merchant's own eBay keyset; `refreshToken` is the seller's
 * consent, good for about 18 months; when it ends is known where eBay told us itself. The rest is ours: the newest
 * access token, and the token eBay challenges our endpoint with (32 to 80 characters of `[A-Za-z0-9_-]`, eBay
 * Notification API docs: createDestination).
 */
export const EbayCredentials = z.object({
  appId: ofProduction(/-SBX-/),
  certId: ofProduction(/^SBX-/),
  refreshToken: z.string().trim().min(1),
  refreshTokenExpiresAt: z.iso.datetime().optional(),
  verificationToken: z
    .string()
    .regex(/^[A-Za-z0-9_-]{32,80}$/)
    .optional(),
  accessToken: z.string().min(1).optional(),
  accessTokenExpiresAt: z.iso.datetime().optional(),
});
export type EbayCredentials = z.infer<typeof EbayCredentials>;

/**
 * The verification token goes on: eBay challenges with the one it was given until it is given another, which may fail
 * or come late, and marks an endpoint down that answers wrongly. A consent that stays the same ends when it did.
 */
export function carryOver(given: EbayCredentials, stored: EbayCredentials): EbayCredentials {
  const isSameConsent = given.refreshToken === stored.refreshToken;
  return {
    ...given,
    verificationToken: given.verificationToken ?? stored.verificationToken,
    refreshTokenExpiresAt: given.refreshTokenExpiresAt ?? (isSameConsent ? stored.refreshTokenExpiresAt : undefined),
  };
}

/**
 * What is kept in clear. `ruName` is eBay's alias of our redirect address, needed for the consent page alone;
 * `alertEmail` is where eBay writes when it cannot deliver notifications.
 */
export const EbaySettings = z.object({
  marketplaceId: z.enum(MarketplaceId).default(MarketplaceId.EBAY_US),
  seller: z
    .string()
    .trim()
    .regex(/[A-Za-z0-9]/, "must be the eBay user name"),
  ruName: z.string().trim().min(1).optional(),
  alertEmail: z.email().optional(),
});
export type EbaySettings = z.infer<typeof EbaySettings>;

/** `Acme_Outlet` becomes `acme-outlet`. */
export function accountOf({ seller }: Pick<EbaySettings, "seller">): string {
  return seller
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 40);
}

const secret = { part: "credentials", sensitive: true } as const;
const clear = { part: "settings", sensitive: false } as const;

export const fields: readonly ConnectField[] = [
  {
    ...secret,
    name: "appId",
    label: "App ID (Client ID)",
    help: "From your production keyset at developer.ebay.com.",
    required: true,
  },
  {
    ...secret,
    name: "certId",
    label: "Cert ID (Client Secret)",
    help: "From the same keyset.",
    required: true,
  },
  {
    ...clear,
    name: "ruName",
    label: "RuName",
    help: "eBay's name for your redirect address, at User Tokens of the keyset. Needed only to consent on eBay's page.",
    required: false,
  },
  {
    ...secret,
    name: "refreshToken",
    label: "Refresh token",
    help: "The seller's OAuth consent for this keyset, with the scopes listed in the docs page of this channel.",
    required: true,
  },
  {
    ...secret,
    name: "verificationToken",
    label: "Verification token",
    help: "What eBay challenges our endpoint with: 32 to 80 letters, digits, _ or -. Made for you, and kept, when left empty.",
    required: false,
  },
  {
    ...clear,
    name: "seller",
    label: "eBay user name",
    help: "The seller's user name; names the channel. Found by itself when you consent on eBay's page.",
    required: true,
  },
  {
    ...clear,
    name: "marketplaceId",
    label: "Marketplace",
    help: "Such as EBAY_US (the default) or EBAY_DE.",
    required: false,
  },
  {
    ...clear,
    name: "alertEmail",
    label: "Alert e-mail",
    help: "Where eBay writes when it cannot deliver notifications. Default: ebay-alerts@ your public host.",
    required: false,
  },
];
