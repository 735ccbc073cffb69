import { callWithin, unpaced } from "@lastunit/adapter-contract/conformance";
import { channelErrorOf as errorOf, listingOf, openNocked } from "@lastunit/adapter-contract/nocked";
import type { ChannelError, ListingRef, Pacer } from "@lastunit/adapter-contract";
import nock from "nock";
import { ebayAdapter } from "../adapter.ts";
import { EbaySettings, type EbayCredentials } from "../connection.ts";

export { useNock } from "@lastunit/adapter-contract/nocked";
export const EBAY = "https://api.ebay.com";

const hour = 3_600_000;

/** A seller with a token good for an hour. */
export const credentials = {
  appId: "LastUnit-app",
  certId: "PRD-cert-secret",
  refreshToken: "v^1.1#refresh-secret",
  accessToken: "v^1.1#access-one",
  accessTokenExpiresAt: new Date(Date.now() + hour).toISOString(),
} satisfies EbayCredentials;

export const settings = EbaySettings.parse({ seller: "acme" });

export function openSession(stored: EbayCredentials = credentials, pacer: Pacer = unpaced) {
  return openNocked(ebayAdapter, { credentials: stored, settings, pacer });
}

export const call = callWithin;

/** A listing of the Inventory API. */
export function listing(sku: string, ...offerIds: string[]): ListingRef {
  return listingOf(sku, { external: { backend: "inventory", offerIds } });
}

/** A listing made elsewhere; with a SKU, one of its variations. */
export function listed(itemId: string, variationSku: string | null = null): ListingRef {
  return listingOf(variationSku ?? `SKU-${itemId}`, { external: { backend: "trading", itemId, variationSku } });
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

/** One call of the Trading API, once, made as the seller; `request` must be found in its XML. */
export function trading(name: string, request: RegExp = /./, token: string = credentials.accessToken) {
  const reqheaders = { "x-ebay-api-call-name": name, "x-ebay-api-iaf-token": token };
  return nock(EBAY, { reqheaders }).post("/ws/api.dll", request);
}

/** A Trading answer as eBay writes it. */
export function tradingAnswer(name: string, fields: string, ack = "Success"): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<${name}Response xmlns="urn:ebay:apis:eBLBaseComponents"><Timestamp>2026-11-21T09:00:00.000Z</Timestamp><Ack>${ack}</Ack>${fields}</${name}Response>`;
}

export function tradingError(code: string, words = "words of eBay", classification = "RequestError"): string {
  return `<Errors><ShortMessage>${words}</ShortMessage><LongMessage>${words}</LongMessage><ErrorCode>${code}</ErrorCode>
<SeverityCode>Error</SeverityCode><ErrorClassification>${classification}</ErrorClassification></Errors>`;
}

/** The `ChannelError` a promise rejects with, proven to hold no secret in any form it could be logged in. */
export function channelErrorOf(promise: Promise<unknown>, ...secrets: string[]): Promise<ChannelError> {
  const { appId, certId, accessToken, refreshToken } = credentials;
  const basic = Buffer.from(`${appId}:${certId}`).toString("base64");
  return errorOf(promise, [accessToken, refreshToken, certId, basic, ...secrets]);
}
