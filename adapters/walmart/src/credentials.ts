import type { ChannelConnection, ConnectField } from "@lastunit/adapter-contract";
import { z } from "zod";

/**
 * What is kept encrypted for one Walmart seller.
 *
 * `clientId` and `clientSecret` are the seller's own keys. The rest is ours: `webhookSecret` is made by `subscribe`
 * and signs the deliveries; the access token is a cache shared by every process, expiring at
 * `accessTokenExpiresAt` (epoch milliseconds).
 */
export const WalmartCredentials = z.object({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  webhookSecret: z.string().min(1).optional(),
  accessToken: z.string().min(1).optional(),
  accessTokenExpiresAt: z.number().int().optional(),
});
export type WalmartCredentials = z.infer<typeof WalmartCredentials>;

/** `sellerId` is the partner id of the Seller Center; `shipNode` the one node Lastunit keeps true, needed when there are several. */
export const WalmartSettings = z.object({
  sellerId: z.string().regex(/^[A-Za-z0-9-]{1,40}$/, "letters, digits and dashes, at most 40"),
  shipNode: z.string().min(1).optional(),
});
export type WalmartSettings = z.infer<typeof WalmartSettings>;

export type WalmartConnection = ChannelConnection<WalmartCredentials, WalmartSettings>;

export const fields: readonly ConnectField[] = [
  {
    name: "clientId",
    part: "credentials",
    label: "Client ID",
    help: "Developer portal, API keys, production keys.",
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
    help: "The fulfillment center whose stock Lastunit writes; needed only when the account has several.",
    sensitive: false,
    required: false,
  },
];
