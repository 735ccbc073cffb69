import { ChannelError, type CallContext, type ChannelConnection, type PaceLimits } from "@lastunit/adapter-contract";
import { GraphqlQueryError, Session } from "@shopify/shopify-api";
import type { z } from "zod";
import type { ShopifyCredentials, ShopifySettings } from "./connection.ts";
import { QueryCost, toChannelError, unreadable } from "./errors.ts";
import { API_VERSION, callShopify, libraryFor } from "./library.ts";
import { tokenOf, usableCredentials } from "./tokens.ts";

/**
 * Cost points of the GraphQL Admin API, by app and shop (Shopify docs: rate limits): a standard plan gains 100 a
 * second. What a bucket holds is not published; every answer tells, and 2,000 is what standard shops answer.
 */
export const limits = { graphql: { perSecond: 100, burst: 2_000 } } satisfies PaceLimits;

/** One query or mutation. */
export interface Operation<T> {
  readonly document: string;
  /** What it is taken to cost, in points, until Shopify has answered what it asked for. */
  readonly cost: number;
  readonly answer: z.ZodType<T>;
}

/** One sending of an operation. */
interface Attempt<T> {
  readonly operation: Operation<T>;
  readonly variables: Variables;
  /** What the pacer was charged for it. */
  readonly spent: number;
  readonly call: CallContext;
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
  const { settings, outbound, pacer, log } = connection;
  /** The most that each document was charged before it ran. Shopify publishes no formula, but answers the number. */
  const costs = new Map<string, number>();
  const deprecations = new Set<string>();
  let servedVersion: string = API_VERSION;

  async function send<T>(credentials: ShopifyCredentials, attempt: Attempt<T>): Promise<T> {
    const { operation, call } = attempt;
    const data = await callShopify(outbound, call.signal, () => request(credentials, attempt)).catch(
      (error: unknown) => {
        heedThrottle(error);
        throw error;
      },
    );
    const answer = operation.answer.safeParse(data);
    if (!answer.success) throw unreadable();
    return answer.data;
  }

  async function request(credentials: ShopifyCredentials, attempt: Attempt<unknown>): Promise<unknown> {
    const { operation, variables, spent } = attempt;
    const { document } = operation;
    const accessToken = tokenOf(credentials) ?? "";
    const session = new Session({ id: settings.shop, shop: settings.shop, state: "", isOnline: false, accessToken });
    // `retries` stays unset: the library waits Retry-After's number as milliseconds.
    try {
      const client = new (libraryFor(credentials).clients.Graphql)({ session });
      const { data, extensions, headers } = await client.request<unknown>(document, { variables });
      const cost = observe(extensions, spent);
      if (cost !== undefined) costs.set(document, Math.max(costs.get(document) ?? 0, cost));
      noteVersion(String(headers?.["X-Shopify-Api-Version"] ?? API_VERSION));
      noteDeprecation(String(headers?.["X-Shopify-Api-Deprecated-Reason"] ?? ""));
      return data;
    } catch (error) {
      if (error instanceof GraphqlQueryError) observe(error.body?.["extensions"], spent);
      throw error;
    }
  }

  /**
   * Gives back what was spent beyond what the query cost in the end: what Shopify has left can only lower the pacer's
   * count.
   * @returns what the query was charged before it ran.
   */
  function observe(extensions: unknown, spent: number): number | undefined {
    const seen = QueryCost.safeParse(extensions).data?.cost;
    if (!seen) return undefined;
    const { requestedQueryCost, actualQueryCost } = seen;
    const { restoreRate, maximumAvailable, currentlyAvailable } = seen.throttleStatus;
    const refunded = spent - (actualQueryCost ?? requestedQueryCost);
    pacer.observe("graphql", {
      perSecond: restoreRate,
      burst: maximumAvailable,
      remaining: currentlyAvailable,
      ...(refunded > 0 && { refunded }),
    });
    return requestedQueryCost;
  }

  /** Points that are left are too few for the query: none is spent before Shopify's time. */
  function heedThrottle(error: unknown): void {
    if (!(error instanceof ChannelError) || error.failure !== "rate_limited") return;
    if (error.retryAfterMs === undefined) return;
    pacer.observe("graphql", { remaining: 0, refillsAt: Date.now() + error.retryAfterMs });
  }

  /** A version that is retired is answered by the oldest one that is not: all may still work, but not as tested. */
  function noteVersion(served: string): void {
    if (served === servedVersion) return;
    servedVersion = served;
    log.warn({ served, asked: API_VERSION }, "Shopify answers in another API version than it was asked in");
  }

  /** What we ask for goes in a later version (changelog: graphql-return-actual-deprecation-reasons): said once each. */
  function noteDeprecation(reason: string): void {
    if (reason === "" || deprecations.has(reason)) return;
    deprecations.add(reason);
    log.warn({ reason, asked: API_VERSION }, "Shopify is going to remove what a query asks for");
  }

  async function paced<T>(credentials: ShopifyCredentials, attempt: Attempt<T>): Promise<T> {
    const { signal, urgency = "prompt" } = attempt.call;
    try {
      const options = { cost: attempt.spent, urgency, signal };
      return await pacer.spend("graphql", () => send(credentials, attempt), options);
    } catch (error) {
      throw signal.aborted ? toChannelError(error, undefined, signal) : error;
    }
  }

  return {
    shop: settings.shop,
    async run(operation, variables, call) {
      const attempt = (credentials: ShopifyCredentials) => {
        const spent = costs.get(operation.document) ?? operation.cost;
        return paced(credentials, { operation, variables, spent, call });
      };
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
