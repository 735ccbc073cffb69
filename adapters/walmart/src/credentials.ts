import type { ChannelConnection, ConnectField } from "@lastunit/adapter-contract";
import { z } from "zod";

/**
 * What is kept encrypted for one Walmart seller.
 *
 * Without `refreshToken`, `clientId` and `clientSecret` are the seller's own keys. With it they are those of a solution
 * provider's app, and the token is the seller's consent, good for a year. The rest is ours: `webhookSecret` is made by
 * `subscribe` and signs the deliveries; the access token is a cache shared by every process, expiring at
 * `accessTokenExpiresAt` (epoch milliseconds).
 */
export const WalmartCredentials = z.object({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  refreshToken: z.string().min(1).optional(),
  /** Absent when the token was pasted: nobody knows when it was made. */
  refreshTokenExpiresAt: z.iso.datetime().optional(),
  webhookSecret: z.string().min(1).optional(),
  accessToken: z.string().min(1).optional(),
  accessTokenExpiresAt: z.number().int().optional(),
});
export type WalmartCredentials = z.infer<typeof WalmartCredentials>;

/**
 * The webhook secret goes on: Walmart signs with it until a subscription is written again, which may fail or come late,
 * and events on their way are signed with it in any case. A consent that stays the same ends when it did.
 */
export function carryOver(given: WalmartCredentials, stored: WalmartCredentials): WalmartCredentials {
  const isSameConsent = given.refreshToken !== undefined && given.refreshToken === stored.refreshToken;
  return {
    ...given,
    webhookSecret: stored.webhookSecret,
    refreshTokenExpiresAt: given.refreshTokenExpiresAt ?? (isSameConsent ? stored.refreshTokenExpiresAt : undefined),
  };
}

/** What is kept in clear. */
export const WalmartSettings = z.object({
  /** The partner id of the Seller Center. */
  sellerId: z.string().regex(/^[A-Za-z0-9-]{1,40}$/, "letters, digits and dashes, at most 40"),
  /** The one node Lastunit keeps true; absent: all there are. */
  shipNode: z.string().min(1).optional(),
  /** Names a solution provider in every call. */
  channelType: z.string().min(1).optional(),
  /** Whether returned units go back to stock when Walmart reports their arrival. Absent: no. */
  restockReturns: z.enum(["yes", "no"]).optional(),
});
export type WalmartSettings = z.infer<typeof WalmartSettings>;

export type WalmartConnection = ChannelConnection<WalmartCredentials, WalmartSettings>;

export const fields: readonly ConnectField[] = [
  {
    name: "clientId",
    part: "credentials",
    label: "Client ID",
    help: "Developer portal, API keys, production keys. A solution provider takes the app's.",
    sensitive: false,
    required: true,
  },
  {
    name: "clientSecret",
    part: "credentials",
    label: "Client secret",
    help: "Shown beside the client ID in the developer portal.",
    sensitive: true,
    required: true,
  },
  {
    name: "sellerId",
    part: "settings",
    label: "Partner ID",
    help: "Seller Center, settings, partner profile.",
    sensitive: false,
    required: true,
  },
  {
    name: "shipNode",
    part: "settings",
    label: "Ship node",
    help: "The one fulfillment center whose stock Lastunit writes. Empty: each of the account's.",
    sensitive: false,
    required: false,
  },
  {
    name: "restockReturns",
    part: "settings",
    label: "Put returns back to stock",
    help: 'Answer "yes" to count returned units as sellable once Walmart reports their arrival. Otherwise "no".',
    sensitive: false,
    required: false,
  },
  {
    name: "channelType",
    part: "settings",
    label: "Channel type",
    help: "Solution providers only: the consumer channel type given at onboarding.",
    sensitive: false,
    required: false,
  },
  {
    name: "refreshToken",
    part: "credentials",
    label: "Refresh token",
    help: "Solution providers only: what the seller's consent gave. Walmart's consent page fills it in.",
    sensitive: true,
    required: false,
  },
];
