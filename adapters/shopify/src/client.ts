import { ChannelError, type CallContext, type ChannelConnection, type PaceLimits } from "@lastunit/adapter-contract";
import { GraphqlQueryError, Session } from "@shopify/shopify-api";
import type { z } from "zod";
import type { ShopifyCredentials, ShopifySettings } from "./connection.ts";
import { QueryCost, toChannelError, unreadable } from "./errors.ts";
import { callShopify, libraryFor } from "./library.ts";
import { tokenOf, usableCredentials } from "./tokens.ts";

/**
 * Cost points of the GraphQL Admin API, by app and shop (Shopify docs: rate limits): a standard plan gains 100 a
 * second. What a bucket holds is not published; every answer tells, and 2,000 is what standard shops answer.
 */
export const limits = { graphql: { perSecond: 100, burst: 2_000 } } satisfies PaceLimits;

/** One query or mutation. */
export interface Operation<T> {
  readonly document: string;
  /** What it may cost at most, in points. */
  readonly cost: number;
  readonly answer: z.ZodType<T>;
}

/** Talks to one shop. */
export interface ShopifyClient {
  readonly shop: string;
  /**
   * Sends an operation. An expired token is renewed once, also when another process is the one that renews it.
   * @throws {ChannelError}
   */
  run<T>(operation: Operation<T>, variables: Variables, call: CallContext): Promise<T>;
}

type Variables = { readonly [name: string]: unknown };

export function createClient(connection: ChannelConnection<ShopifyCredentials, ShopifySettings>): ShopifyClient {
  const { settings, outbound, pacer } = connection;

  async function send<T>(
    credentials: ShopifyCredentials,
    operation: Operation<T>,
    variables: Variables,
    call: CallContext,
  ): Promise<T> {
    const data = await callShopify(outbound, call.signal, () => request(credentials, operation.document, variables));
    const answer = operation.answer.safeParse(data);
    if (!answer.success) throw unreadable();
    return answer.data;
  }

  async function request(credentials: ShopifyCredentials, document: string, variables: Variables): Promise<unknown> {
    const accessToken = tokenOf(credentials) ?? "";
    const session = new Session({ id: settings.shop, shop: settings.shop, state: "", isOnline: false, accessToken });
    // `retries` stays unset: the library waits Retry-After's number as milliseconds.
    try {
      const client = new (libraryFor(credentials).clients.Graphql)({ session });
      const { data, extensions } = await client.request<unknown>(document, { variables });
      observe(extensions);
      return data;
    } catch (error) {
      if (error instanceof GraphqlQueryError) observe(error.body?.["extensions"]);
      throw error;
    }
  }

  function observe(extensions: unknown): void {
    const seen = QueryCost.safeParse(extensions).data?.cost.throttleStatus;
    if (!seen) return;
    pacer.observe("graphql", {
      perSecond: seen.restoreRate,
      burst: seen.maximumAvailable,
      remaining: seen.currentlyAvailable,
    });
  }

  async function paced<T>(cost: number, call: CallContext, work: () => Promise<T>): Promise<T> {
    try {
      return await pacer.spend("graphql", work, { cost, signal: call.signal });
    } catch (error) {
      throw call.signal.aborted ? toChannelError(error, undefined, call.signal) : error;
    }
  }

  return {
    shop: settings.shop,
    async run(operation, variables, call) {
      const attempt = (credentials: ShopifyCredentials) =>
        paced(operation.cost, call, () => send(credentials, operation, variables, call));
      const credentials = await usableCredentials(connection, call);
      try {
        return await attempt(credentials);
      } catch (error) {
        if (!(error instanceof ChannelError) || error.httpStatus !== 401) throw error;
      }
      return attempt(await usableCredentials(connection, call, tokenOf(credentials)));
    },
  };
}
