import { createHash } from "node:crypto";
import type { ConnectField } from "@lastunit/adapter-contract";
import { z } from "zod";

/**
 * What is kept encrypted. An app is known either by `clientId` and `clientSecret` (its tokens are asked for and renewed
 * here) or, when it was made in the store's own admin, by its one `adminAccessToken`, which never changes.
 * `clientSecret` also signs the webhooks; after it was rotated, deliveries signed with `previousClientSecret` are still
 * accepted, since Shopify takes up to an hour to sign with the new one. The rest is what Shopify granted last.
 */
export const ShopifyCredentials = z
  .object({
    clientId: z.string().trim().min(1).optional(),
    clientSecret: z.string().trim().min(1),
    previousClientSecret: z.string().trim().min(1).optional(),
    adminAccessToken: z.string().trim().min(1).optional(),
    accessToken: z.string().min(1).optional(),
    /** Absent for a token that does not expire. */
    accessTokenExpiresAt: z.iso.datetime().optional(),
    /** Only a merchant's consent grants one; without it a token is asked for by client id and secret alone. */
    refreshToken: z.string().min(1).optional(),
    refreshTokenExpiresAt: z.iso.datetime().optional(),
    /** What the app was granted, separated by commas. */
    scope: z.string().optional(),
  })
  .refine(({ clientId, adminAccessToken }) => clientId ?? adminAccessToken, {
    message: "either the client ID or the Admin API access token is needed",
    path: ["clientId"],
  });
export type ShopifyCredentials = z.infer<typeof ShopifyCredentials>;

/**
 * A secret that was rotated goes on as the previous one: Shopify signs with it for up to an hour, and deletes
 * subscriptions whose deliveries are refused.
 */
export function carryOver(given: ShopifyCredentials, stored: ShopifyCredentials): ShopifyCredentials {
  const isRotated = given.clientSecret !== stored.clientSecret;
  const kept = isRotated ? stored.clientSecret : stored.previousClientSecret;
  return { ...given, previousClientSecret: given.previousClientSecret ?? kept };
}

/**
 * What is kept in clear. `shop` is the shop's permanent address, of the form the client library's `sanitizeShop` takes,
 * without underscores (a host name has none). An address copied from the browser is taken too:
 * `https://admin.shopify.com/store/acme/products` is acme.myshopify.com.
 */
export const ShopifySettings = z.object({
  shop: z
    .string()
    .transform(permanentAddress)
    .pipe(z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com$/, "must be of the form name.myshopify.com")),
  /** Whether a push may stock an item at a location that does not stock it yet. Absent: no. */
  activateLocations: z.enum(["yes", "no"]).optional(),
});
export type ShopifySettings = z.infer<typeof ShopifySettings>;

function permanentAddress(typed: string): string {
  const address = typed
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, "");
  const [, name] = /^admin\.shopify\.com\/store\/([a-z0-9-]+)(?:[/?#]|$)/.exec(address) ?? [];
  return name === undefined ? address.replace(/[/?#].*$/, "") : `${name}.myshopify.com`;
}

/** The longest account name there may be. */
const ACCOUNT_LENGTH = 40;
const DIGEST_LENGTH = 8;

/** `acme.myshopify.com` is `acme`. A longer name than an account may have is cut, and told apart by a digest of it. */
export function accountOf({ shop }: ShopifySettings): string {
  const name = shop.slice(0, shop.indexOf("."));
  if (name.length <= ACCOUNT_LENGTH) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, DIGEST_LENGTH);
  return `${name.slice(0, ACCOUNT_LENGTH - DIGEST_LENGTH - 1)}-${digest}`;
}

export const fields: readonly ConnectField[] = [
  {
    name: "shop",
    part: "settings",
    label: "Shop address",
    help: "The shop's permanent address, such as acme.myshopify.com (Shopify admin, Settings, Domains).",
    sensitive: false,
    required: true,
  },
  {
    name: "clientId",
    part: "credentials",
    label: "Client ID",
    help: "From your app in the Dev Dashboard, installed on this shop. Leave empty for an app made in the shop's admin.",
    sensitive: false,
    required: false,
  },
  {
    name: "clientSecret",
    part: "credentials",
    label: "Client secret",
    help: "From the same app (an app made in the shop's admin calls it API secret key). It also signs the webhooks.",
    sensitive: true,
    required: true,
  },
  {
    name: "adminAccessToken",
    part: "credentials",
    label: "Admin API access token",
    help: "Only for an app made in the shop's admin: its shpat_ token.",
    sensitive: true,
    required: false,
  },
  {
    name: "previousClientSecret",
    part: "credentials",
    label: "Previous client secret",
    help: "Left empty, the one you had is kept when you connect again with a new one: Shopify signs with it for up to an hour.",
    sensitive: true,
    required: false,
  },
  {
    name: "activateLocations",
    part: "settings",
    label: "Stock items at further locations",
    help: 'Answer "yes" to let Lastunit stock an item at a location of the shop that does not stock it yet. Otherwise "no".',
    sensitive: false,
    required: false,
  },
];
