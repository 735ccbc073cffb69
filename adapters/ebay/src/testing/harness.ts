import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { ChannelError, createOutbound, type CallContext, type ListingRef } from "@lastunit/adapter-contract";
import { MemoryCredentials } from "@lastunit/adapter-contract/conformance";
import { createLogger, type Logger } from "@lastunit/config";
import nock from "nock";
import { afterEach, beforeEach, expect } from "vitest";
import { ebayAdapter } from "../adapter.ts";
import { EbaySettings, type EbayCredentials } from "../connection.ts";

export const EBAY = "https://api.ebay.com";
export const log: Logger = createLogger({ level: "silent", name: "test" });
export const outbound = createOutbound({ endpoints: {}, log });

const hour = 3_600_000;

/** A seller with a token good for an hour. */
export const credentials = {
  appId: "LastUnit-app",
  certId: "PRD-cert-secret",
  refreshToken: "v^1.1#refresh-secret",
  accessToken: "v^1.1#access-one",
  accessTokenExpiresAt: new Date(Date.now() + hour).toISOString(),
} satisfies EbayCredentials;

export function openSession(stored: EbayCredentials = credentials) {
  const box = new MemoryCredentials<EbayCredentials>(stored);
  const spent: string[] = [];
  const session = ebayAdapter.open({
    channelId: randomUUID(),
    key: "ebay:acme",
    settings: EbaySettings.parse({ seller: "acme" }),
    credentials: box,
    outbound,
    pacer: {
      spend: (bucket, work) => {
        spent.push(bucket);
        return work();
      },
      observe: () => undefined,
    },
    log,
  });
  return { session, box, spent };
}

export function call(signal: AbortSignal = AbortSignal.timeout(15_000)): CallContext {
  return { signal, idempotencyKey: randomUUID(), log };
}

export function listing(sku: string, ...offerIds: string[]): ListingRef {
  return { listingId: `listing-${sku}`, sku, externalId: sku, externalLocationId: null, external: { offerIds } };
}

/** eBay, answering only requests that carry this bearer token. */
export function ebay(token: string = credentials.accessToken): nock.Scope {
  return nock(EBAY, { reqheaders: { authorization: `Bearer ${token}` } });
}

/** The token endpoint, once. */
export function tokenEndpoint(body: nock.RequestBodyMatcher = /grant_type=refresh_token/): nock.Interceptor {
  return nock(EBAY).post("/identity/v1/oauth2/token", body);
}

export function tokenAnswer(accessToken: string, expiresInSeconds = 7_200) {
  return { access_token: accessToken, expires_in: expiresInSeconds, token_type: "User Access Token" };
}

/** The `ChannelError` a promise rejects with, proven to hold no secret in any form it could be logged in. */
export async function channelErrorOf(promise: Promise<unknown>, ...secrets: string[]): Promise<ChannelError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ChannelError)) throw new Error("expected a ChannelError", { cause: error });
  const printed = [
    inspect(error, { depth: 20, showHidden: true }),
    JSON.stringify(error),
    JSON.stringify(error, Object.getOwnPropertyNames(error)),
    String(error),
    error.stack,
  ].join("\n");
  const basic = Buffer.from(`${credentials.appId}:${credentials.certId}`).toString("base64");
  for (const secret of [
    credentials.accessToken,
    credentials.refreshToken,
    encodeURIComponent(credentials.refreshToken),
    credentials.certId,
    basic,
    ...secrets,
  ]) {
    expect(printed).not.toContain(secret);
  }
  return error;
}

/** Lets nothing out but to the nocked eBay, and fails a test that left an expected request unmade. */
export function useNock(): void {
  beforeEach(() => nock.disableNetConnect());
  afterEach(() => {
    const pending = nock.pendingMocks();
    nock.cleanAll();
    nock.enableNetConnect();
    expect(pending).toEqual([]);
  });
}
