import type { ChannelConnection, ConnectField } from "@lastunit/adapter-contract";
import { z } from "zod";
import { parseQueueUrl, QUEUE_URL_SHAPE } from "./notifications/queue-address.ts";

/** Whether both AWS keys are given or neither; `awsKeyMissing` is what to say when not. */
export function hasAwsKeysTogether(one: {
  readonly awsAccessKeyId?: string | undefined;
  readonly awsSecretAccessKey?: string | undefined;
}): boolean {
  return (one.awsAccessKeyId === undefined) === (one.awsSecretAccessKey === undefined);
}
export const awsKeyMissing = { error: "give both AWS keys or neither", path: ["awsSecretAccessKey"] };

/**
 * What is kept encrypted. `clientId`, `clientSecret` and `refreshToken` come from the merchant's own app in the Solution
 * Provider Portal; the AWS keys read the merchant's notification queue and are needed only with one. The access token is
 * a cache shared by every process (LWA: good for an hour). `authorizedAt` is when the merchant authorized the app, or
 * when the refresh token was first used here; `clientSecretSince` when the client secret was first used here.
 */
export const AmazonCredentials = z
  .object({
    clientId: z.string().trim().min(1),
    clientSecret: z.string().trim().min(1),
    refreshToken: z.string().trim().min(1),
    awsAccessKeyId: z.string().trim().min(1).optional(),
    awsSecretAccessKey: z.string().trim().min(1).optional(),
    accessToken: z.string().min(1).optional(),
    accessTokenExpiresAt: z.iso.datetime().optional(),
    authorizedAt: z.iso.datetime().optional(),
    clientSecretSince: z.iso.datetime().optional(),
  })
  .refine(hasAwsKeysTogether, awsKeyMissing);
export type AmazonCredentials = z.infer<typeof AmazonCredentials>;

/**
 * The two dates go on with what they are of: a new client secret does not renew the authorization, nor the other way
 * round. Amazon's consent page dates the authorization itself, also where it gives the same refresh token once more.
 */
export function carryOver(given: AmazonCredentials, stored: AmazonCredentials): AmazonCredentials {
  const isSameToken = given.refreshToken === stored.refreshToken;
  const isSameSecret = given.clientId === stored.clientId && given.clientSecret === stored.clientSecret;
  return {
    ...given,
    authorizedAt: given.authorizedAt ?? (isSameToken ? stored.authorizedAt : undefined),
    clientSecretSince: isSameSecret ? stored.clientSecretSince : new Date().toISOString(),
  };
}

/** What is kept in clear. Without `sqsQueueUrl` orders are heard of by polling alone. */
export const AmazonSettings = z.object({
  sellerId: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9-]{1,40}$/, "letters and digits, as in Seller Central (merchant token)"),
  region: z.enum(["na", "eu", "fe"]),
  marketplaceId: z.string().trim().min(1),
  sqsQueueUrl: z
    .string()
    .trim()
    .refine((text) => parseQueueUrl(text) !== undefined, {
      error: `the SQS queue URL must look like ${QUEUE_URL_SHAPE}`,
    })
    .optional(),
  /** The three below concern Amazon's consent page alone. */
  applicationId: z
    .string()
    .trim()
    .regex(/^amzn1\.[a-z.]+\.[A-Za-z0-9-]+$/, "as in the Solution Provider Portal, such as amzn1.sp.solution.1a2b3c")
    .optional(),
  draftApp: z.enum(["yes", "no"]).optional(),
  sellerCentral: z
    .string()
    .trim()
    .regex(/^sellercentral(?:-[a-z]+)?\.amazon\.(?:com?\.)?[a-z]{2,3}$/, "a host such as sellercentral.amazon.co.jp")
    .optional(),
});
export type AmazonSettings = z.infer<typeof AmazonSettings>;

export type AmazonConnection = ChannelConnection<AmazonCredentials, AmazonSettings>;

/** `A1B2C3D4E5F6G7` becomes `a1b2c3d4e5f6g7`. */
export function accountOf({ sellerId }: Pick<AmazonSettings, "sellerId">): string {
  return sellerId.toLowerCase().replaceAll(/[^a-z0-9-]/g, "");
}

const secret = { sensitive: true, required: true };
const clear = { sensitive: false, required: true };

export const fields: readonly ConnectField[] = [
  {
    name: "clientId",
    part: "credentials",
    label: "LWA client ID",
    help: "Solution Provider Portal, your app, LWA credentials.",
    ...clear,
  },
  {
    name: "clientSecret",
    part: "credentials",
    label: "LWA client secret",
    help: "Shown beside the client ID. To be replaced every 180 days.",
    ...secret,
  },
  {
    name: "refreshToken",
    part: "credentials",
    label: "Refresh token",
    help: "Authorize the app for your own account; the token starts with Atzr|. To be renewed once a year.",
    ...secret,
  },
  {
    name: "sellerId",
    part: "settings",
    label: "Seller ID",
    help: "Seller Central, account info, merchant token.",
    ...clear,
  },
  {
    name: "region",
    part: "settings",
    label: "Region",
    help: "na (Americas), eu (Europe, India, Middle East) or fe (Far East).",
    ...clear,
  },
  {
    name: "marketplaceId",
    part: "settings",
    label: "Marketplace ID",
    help: "Such as ATVPDKIKX0DER for Amazon.com.",
    ...clear,
  },
  {
    name: "applicationId",
    part: "settings",
    label: "Application ID",
    help: "Only to authorize on Amazon's page instead of pasting a token: your app in the Solution Provider Portal, amzn1.sp.solution.…",
    ...clear,
    required: false,
  },
  {
    name: "draftApp",
    part: "settings",
    label: "Is the app a draft?",
    help: "yes while the app is not published; only to authorize on Amazon's page.",
    ...clear,
    required: false,
  },
  {
    name: "sellerCentral",
    part: "settings",
    label: "Seller Central host",
    help: "Where you log in, when it is not the region's usual one; only to authorize on Amazon's page.",
    ...clear,
    required: false,
  },
  {
    name: "sqsQueueUrl",
    part: "settings",
    label: "SQS queue URL",
    help: "Your own standard queue that Amazon may send to; without one, orders are polled.",
    ...clear,
    required: false,
  },
  {
    name: "awsAccessKeyId",
    part: "credentials",
    label: "AWS access key ID",
    help: "May receive from and delete in that queue, nothing else.",
    ...secret,
    required: false,
  },
  {
    name: "awsSecretAccessKey",
    part: "credentials",
    label: "AWS secret access key",
    help: "Belongs to the access key ID.",
    ...secret,
    required: false,
  },
];
