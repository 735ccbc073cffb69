import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import {
  ChannelError,
  createOutbound,
  type CallContext,
  type ChannelSession,
  type CredentialBox,
  type ListingRef,
  type Outbound,
} from "@lastunit/adapter-contract";
import { createLogger } from "@lastunit/config";
import nock from "nock";
import { expect } from "vitest";
import { z } from "zod";
import { shopifyAdapter } from "../adapter.ts";
import { ShopifyCredentials } from "../connection.ts";

export const SHOP = "acme.myshopify.com";
export const log = createLogger({ level: "silent", name: "test" });
export const outbound = createOutbound({ endpoints: {}, log });

const hour = 3_600_000;

/** An app with a token good for an hour. */
export const credentials = {
  clientId: "client-one",
  clientSecret: "shpss_client-secret",
  accessToken: "shpat_access-one",
  accessTokenExpiresAt: new Date(Date.now() + hour).toISOString(),
} satisfies ShopifyCredentials;

/** Keeps credentials as the store does: one renewal at a time, each seeing what the last one stored. */
export function memoryBox(
  initial: ShopifyCredentials,
): CredentialBox<ShopifyCredentials> & { stored: ShopifyCredentials } {
  let turn: Promise<unknown> = Promise.resolve();
  const box = {
    stored: initial,
    read: () => Promise.resolve(box.stored),
    renew(renew: (current: ShopifyCredentials) => Promise<ShopifyCredentials>) {
      const renewed = turn.then(async () => (box.stored = ShopifyCredentials.parse(await renew(box.stored))));
      turn = renewed.catch(() => undefined);
      return renewed;
    },
  };
  return box;
}

export function openSession(given: { credentials?: ShopifyCredentials; shop?: string; outbound?: Outbound } = {}): {
  session: ChannelSession;
  box: ReturnType<typeof memoryBox>;
  spent: { bucket: string; cost: number | undefined }[];
  observed: object[];
} {
  const box = memoryBox(given.credentials ?? credentials);
  const spent: { bucket: string; cost: number | undefined }[] = [];
  const observed: object[] = [];
  const session = shopifyAdapter.open({
    channelId: randomUUID(),
    key: "shopify:acme",
    settings: { shop: given.shop ?? SHOP },
    credentials: box,
    outbound: given.outbound ?? outbound,
    pacer: {
      spend: (bucket, work, options) => {
        spent.push({ bucket, cost: options?.cost });
        return work();
      },
      observe: (bucket, seen) => observed.push({ bucket, ...seen }),
    },
    log,
  });
  return { session, box, spent, observed };
}

export function call(signal: AbortSignal = AbortSignal.timeout(15_000)): CallContext {
  return { signal, idempotencyKey: randomUUID(), log };
}

export function listing(item: string, location = "7"): ListingRef {
  return {
    listingId: `listing-${item}`,
    sku: `SKU-${item}`,
    externalId: `gid://shopify/InventoryItem/${item}`,
    externalLocationId: `gid://shopify/Location/${location}`,
    external: {},
  };
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

/** The token endpoint, once. */
export function tokenEndpoint(body?: nock.RequestBodyMatcher): nock.Interceptor {
  return nock(`https://${SHOP}`).post("/admin/oauth/access_token", body);
}

/** The `ChannelError` a promise rejects with, proven to hold no secret in any form it could be logged in. */
export async function channelErrorOf(promise: Promise<unknown>): Promise<ChannelError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ChannelError)) throw new Error("expected a ChannelError", { cause: error });
  const printed = `${inspect(error, { depth: 20, showHidden: true })} ${JSON.stringify(error)} ${error.stack}`;
  for (const secret of [credentials.clientSecret, "shpat_", "shprt_"]) expect(printed).not.toContain(secret);
  return error;
}

/** No request leaves unexpectedly, and every expected one was made. */
export function useNock(hooks: { beforeEach: (run: () => void) => void; afterEach: (run: () => void) => void }): void {
  hooks.beforeEach(() => nock.disableNetConnect());
  hooks.afterEach(() => {
    const pending = nock.pendingMocks();
    nock.cleanAll();
    nock.enableNetConnect();
    expect(pending).toEqual([]);
  });
}
