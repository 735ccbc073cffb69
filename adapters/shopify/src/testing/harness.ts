import { randomUUID } from "node:crypto";
import type { CallContext, ChannelError, ListingRef, Pacer } from "@lastunit/adapter-contract";
import * as nocked from "@lastunit/adapter-contract/nocked";
import { createLogger, type Logger } from "@lastunit/config";
import nock from "nock";
import { z } from "zod";
import { shopifyAdapter } from "../adapter.ts";
import type { ShopifyCredentials, ShopifySettings } from "../connection.ts";

export { useNock } from "@lastunit/adapter-contract/nocked";

export const SHOP = "acme.myshopify.com";
const log = createLogger({ level: "silent", name: "test" });

const hour = 3_600_000;

/** An app with a token good for an hour. */
export const credentials = {
  clientId: "client-one",
  clientSecret: "shpss_client-secret",
  accessToken: "shpat_access-one",
  accessTokenExpiresAt: new Date(Date.now() + hour).toISOString(),
} satisfies ShopifyCredentials;

/** What no error may show: the secret of the app, and whatever begins as Shopify's tokens do. */
const secrets = [credentials.clientSecret, "shpat_", "shprt_", "shpss_"];

export function openSession(
  given: {
    credentials?: ShopifyCredentials;
    settings?: Partial<ShopifySettings>;
    endpoint?: URL;
    pacer?: Pacer;
    log?: Logger;
  } = {},
): nocked.NockedChannel<ShopifyCredentials> {
  const { settings, ...rest } = given;
  return nocked.openNocked(shopifyAdapter, { credentials, ...rest, settings: { shop: SHOP, ...settings } });
}

export function call(signal: AbortSignal = AbortSignal.timeout(15_000)): CallContext {
  return { signal, idempotencyKey: randomUUID(), log };
}

export function listing(item: string, location = "7"): ListingRef {
  return nocked.listingOf(`SKU-${item}`, {
    externalId: `gid://shopify/InventoryItem/${item}`,
    externalLocationId: `gid://shopify/Location/${location}`,
  });
}

export const GraphqlBody = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()) });
export type GraphqlBody = z.infer<typeof GraphqlBody>;

/** The next GraphQL request that holds `text`, answered by `answer`; every request's body is kept in `seen`. */
export function onGraphql(text: string, options: { token?: string; shop?: string; seen?: GraphqlBody[] } = {}) {
  const headers = {
    "x-shopify-access-token": options.token ?? credentials.accessToken,
    "content-type": "application/json",
  };
  return nock(`https://${options.shop ?? SHOP}`, { reqheaders: headers }).post(
    "/admin/api/2026-10/graphql.json",
    (body) => {
      const parsed = GraphqlBody.parse(body);
      if (!parsed.query.includes(text)) return false;
      options.seen?.push(parsed);
      return true;
    },
  );
}

export const cost = {
  cost: {
    requestedQueryCost: 10,
    actualQueryCost: 10,
    throttleStatus: { maximumAvailable: 4_000, currentlyAvailable: 3_990, restoreRate: 200 },
  },
};

export const json = { "content-type": "application/json; charset=utf-8" };

/** Answers a GraphQL request. */
export function data(answer: object) {
  return [200, { data: answer, extensions: cost }, json] as const;
}

/** Answers that the query itself was refused. */
export function graphqlError(code: string, message = "in words") {
  return [200, { errors: [{ message, extensions: { code } }] }, json] as const;
}

export const lastPage = { hasNextPage: false, endCursor: null };

/** The shop's active locations, which an import asks for too. */
export function onLocations(...ids: readonly string[]) {
  const nodes = ids.map((id) => ({ id: `gid://shopify/Location/${id}`, name: `Location ${id}` }));
  return onGraphql("locations(first").reply(...data({ locations: { nodes, pageInfo: lastPage } }));
}

/** The token endpoint, once. */
export function tokenEndpoint(body?: nock.RequestBodyMatcher): nock.Interceptor {
  return nock(`https://${SHOP}`).post("/admin/oauth/access_token", body);
}

/** The `ChannelError` a promise rejects with, proven to hold no secret in any form it could be logged in. */
export function channelErrorOf(promise: Promise<unknown>): Promise<ChannelError> {
  return nocked.channelErrorOf(promise, secrets);
}
