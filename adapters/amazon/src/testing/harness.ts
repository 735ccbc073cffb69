import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import {
  ChannelError,
  createOutbound,
  type CallContext,
  type ListingRef,
  type Pacer,
} from "@lastunit/adapter-contract";
import { MemoryCredentials, unpaced } from "@lastunit/adapter-contract/conformance";
import { createLogger } from "@lastunit/config";
import nock from "nock";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { amazonAdapter } from "../adapter.ts";
import type { AmazonCredentials, AmazonSettings } from "../connection.ts";

const log = createLogger({ level: "silent", name: "amazon-test" });
export const MARKETPLACE = "ATVPDKIKX0DER";
export const SELLER = "A1SELLER";
export const ITEMS = `/listings/2021-08-01/items/${SELLER}`;

/** Lets nothing out but to the nocked Amazon, and fails a test that did not make a call it announced. */
export function useNockedAmazon(): void {
  beforeAll(() => nock.disableNetConnect());
  afterEach(() => {
    const pending = nock.pendingMocks();
    nock.cleanAll();
    expect(pending).toEqual([]);
  });
  afterAll(() => nock.enableNetConnect());
}

/** Amazon, answering only calls that carry this access token. */
export function amazon(token = "Atza|token-1"): nock.Scope {
  return nock("https://sellingpartnerapi-na.amazon.com", { reqheaders: { "x-amz-access-token": token } });
}

/** Login with Amazon, once. */
export function login(body: nock.RequestBodyMatcher = /refresh_token/): nock.Interceptor {
  return nock("https://api.amazon.com").post("/auth/o2/token", body);
}

export function connect(
  options: {
    readonly credentials?: Partial<AmazonCredentials>;
    readonly settings?: Partial<AmazonSettings>;
    readonly pacer?: Pacer;
    /** A server to call instead of the nocked Amazon. */
    readonly endpoint?: URL;
  } = {},
) {
  const credentials = new MemoryCredentials<AmazonCredentials>({
    clientId: "amzn1.application-oa2-client.1",
    clientSecret: "amzn1.oa2-cs.v1.secret",
    refreshToken: "Atzr|refresh-token",
    accessToken: "Atza|token-1",
    accessTokenExpiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    ...options.credentials,
  });
  const settings: AmazonSettings = {
    sellerId: SELLER,
    region: "na",
    marketplaceId: MARKETPLACE,
    ...options.settings,
  };
  const outbound = createOutbound({ endpoints: options.endpoint ? { amazon: options.endpoint } : {}, log });
  const session = amazonAdapter.open({
    channelId: "channel-1",
    key: "amazon:a1seller",
    settings,
    credentials,
    outbound,
    pacer: options.pacer ?? unpaced,
    log,
  });
  return { session, credentials, settings, outbound };
}

export function callWithin(ms = 15_000): CallContext {
  return { signal: AbortSignal.timeout(ms), idempotencyKey: randomUUID(), log };
}

export function listing(sku: string, fulfillmentChannel: string | null = "DEFAULT"): ListingRef {
  const external = { productType: "SHIRT", fulfillmentChannel };
  return { listingId: `listing-${sku}`, sku, externalId: sku, externalLocationId: null, external };
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
export async function channelErrorOf(promise: Promise<unknown>): Promise<ChannelError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ChannelError)) throw new Error("expected a ChannelError", { cause: error });
  const printed = [inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error), error.stack].join("\n");
  for (const secret of ["Atza|token", "Atzr|refresh-token", "amzn1.oa2-cs.v1.secret"]) {
    expect(printed).not.toContain(secret);
  }
  return error;
}
