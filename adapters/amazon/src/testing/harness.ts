import type { ChannelError, ListingRef, Pacer } from "@lastunit/adapter-contract";
import { unpaced } from "@lastunit/adapter-contract/conformance";
import { channelErrorOf as channelErrorWithout, listingOf, openNocked } from "@lastunit/adapter-contract/nocked";
import nock from "nock";
import { amazonAdapter } from "../adapter.ts";
import type { AmazonCredentials, AmazonSettings } from "../connection.ts";

export const MARKETPLACE = "ATVPDKIKX0DER";
export const SELLER = "A1SELLER";
export const SETTINGS: AmazonSettings = { sellerId: SELLER, region: "na", marketplaceId: MARKETPLACE };
export const ITEMS = `/listings/2021-08-01/items/${SELLER}`;

/** Amazon, answering only calls that carry this access token, and no signature of AWS's. */
export function amazon(token = "Atza|token-1", region: AmazonSettings["region"] = "na"): nock.Scope {
  return nock(`https://sellingpartnerapi-${region}.amazon.com`, {
    reqheaders: { "x-amz-access-token": token },
    badheaders: ["authorization"],
  });
}

/** Login with Amazon, once. */
export function login(body: nock.RequestBodyMatcher = /refresh_token/): nock.Interceptor {
  return nock("https://api.amazon.com").post("/auth/o2/token", body);
}

/** A connected seller. */
export function connect(
  options: {
    readonly credentials?: Partial<AmazonCredentials>;
    readonly settings?: Partial<AmazonSettings>;
    readonly pacer?: Pacer;
    /** A server to call instead of the nocked Amazon. */
    readonly endpoint?: URL;
  } = {},
) {
  const { credentials, settings, ...rest } = options;
  return openNocked<AmazonCredentials, AmazonSettings>(amazonAdapter, {
    ...rest,
    credentials: {
      clientId: "amzn1.application-oa2-client.1",
      clientSecret: "amzn1.oa2-cs.v1.secret",
      refreshToken: "Atzr|refresh-token",
      accessToken: "Atza|token-1",
      accessTokenExpiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      ...credentials,
    },
    settings: { ...SETTINGS, ...settings },
  });
}

/** Lets one call go when the one before has ended. */
export function oneAtATime(): Pacer {
  let last: Promise<unknown> = Promise.resolve();
  return {
    ...unpaced,
    spend(_bucket, work) {
      const turn = last.then(work);
      last = turn.catch(() => {});
      return turn;
    },
  };
}

export function listing(sku: string, fulfillmentChannel: string | null = "DEFAULT"): ListingRef {
  return listingOf(sku, { external: { productType: "SHIRT", fulfillmentChannel } });
}

/** A pacer whose one bucket has no room before the deadline, which passes once a turn is waited for. */
export function neverSpending(full: string, passDeadline: () => void): Pacer {
  return {
    ...unpaced,
    async spend(bucket, work, options) {
      if (bucket === full) passDeadline();
      options?.signal?.throwIfAborted();
      return await unpaced.spend(bucket, work, options);
    },
  };
}

/** An error body (SP-API models: ErrorList). */
export function errors(code: string, message: string, details = "") {
  return { errors: [{ code, message, details }] };
}

export const quotaExceeded = errors("QuotaExceeded", "You exceeded your quota for the requested resource.");
export const tokenExpired = errors(
  "Unauthorized",
  "Access to requested resource is denied.",
  "The access token you provided has expired.",
);

/** The `ChannelError` a promise rejects with, proven to hold no secret in any form it could be logged in. */
export function channelErrorOf(promise: Promise<unknown>): Promise<ChannelError> {
  return channelErrorWithout(promise, [
    "Atza|token",
    "Atzr|refresh-token",
    "amzn1.oa2-cs.v1.secret",
    "secret-signature",
  ]);
}
