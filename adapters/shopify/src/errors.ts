import { ChannelError, channelWords, type ChannelFailure } from "@lastunit/adapter-contract";
import { GraphqlQueryError } from "@shopify/shopify-api";
import { z } from "zod";

/** What came back over HTTP, noted before the library turns it into one of its errors and loses half of it. */
export interface Answer {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  /** A page for people: not the API has answered, but something before it. */
  readonly isPage: boolean;
}

export function readAnswer({ status, headers }: Response): Answer {
  const isPage = headers.get("content-type")?.startsWith("text/html") ?? false;
  return { status, retryAfterMs: retryAfterMs(headers.get("retry-after")), isPage };
}

/** Shopify's own words. */
export const Words = channelWords(/\bshp[a-z]{2}_[\w-]+/g);

/** `extensions.cost` of every GraphQL answer (Shopify docs: rate limits). */
export const QueryCost = z.object({
  cost: z.object({
    requestedQueryCost: z.number(),
    /** None where the query did not run. */
    actualQueryCost: z.number().nullish().catch(undefined),
    throttleStatus: z.object({ maximumAvailable: z.number(), currentlyAvailable: z.number(), restoreRate: z.number() }),
  }),
});

const GraphqlFailure = z.object({
  errors: z.object({
    graphQLErrors: z
      .array(z.object({ message: Words, extensions: z.object({ code: z.string() }).optional().catch(undefined) }))
      .min(1),
  }),
  extensions: QueryCost.optional().catch(undefined),
  data: z.record(z.string(), z.unknown()).nullish().catch(undefined),
});
type GraphqlFailure = z.infer<typeof GraphqlFailure>;

/** The token endpoint refuses as OAuth does (RFC 6749, section 5.2). */
const OAuthRefusal = z.object({ error: Words, error_description: Words.optional() });
const ThrownOAuthRefusal = z.object({ response: z.object({ body: OAuthRefusal }) });

/** Shopify docs, GraphQL Admin API: status and error codes. Every other code, without data, is a wrong request. */
const failuresByCode: { readonly [code: string]: ChannelFailure } = {
  THROTTLED: "rate_limited",
  INTERNAL_SERVER_ERROR: "unavailable",
  ACCESS_DENIED: "unauthorized",
  SHOP_INACTIVE: "unauthorized",
};

/**
 * Statuses that only the merchant can end, so the channel has to stop: no access (401, 403), shop frozen for an unpaid
 * bill (402), no such shop (404), shop locked (423).
 */
const unauthorizedStatuses = [401, 402, 403, 404, 423];

/**
 * Turns whatever the library threw into the one error that may leave the adapter. Nothing of the original but
 * Shopify's own code and words goes over: its errors carry the whole answer.
 */
export function toChannelError(thrown: unknown, answer: Answer | undefined, signal: AbortSignal): ChannelError {
  if (thrown instanceof ChannelError) return thrown;
  if (thrown instanceof GraphqlQueryError) return fromGraphql(GraphqlFailure.safeParse(thrown.body).data);
  if (answer && (answer.status < 200 || answer.status > 299)) {
    return refusal(answer, ThrownOAuthRefusal.safeParse(thrown).data?.response.body);
  }
  if (signal.aborted) {
    const timedOut = signal.reason instanceof Error && signal.reason.name === "TimeoutError";
    const code = timedOut ? "timeout" : "aborted";
    return new ChannelError("unavailable", `the call to Shopify was given up (${code})`, { code });
  }
  return answer
    ? unreadable(answer.status)
    : new ChannelError("unavailable", "Shopify could not be reached", { code: "no_answer" });
}

/** A 2xx whose body is cut, is HTML, or has another shape than documented. */
export function unreadable(httpStatus = 200): ChannelError {
  return new ChannelError("unavailable", "Shopify's answer could not be read", {
    code: "unreadable_answer",
    httpStatus,
  });
}

/** Several errors may come at once; the one that says what to do counts. */
function fromGraphql(failure: GraphqlFailure | undefined): ChannelError {
  const errors = failure?.errors.graphQLErrors ?? [];
  const known = Object.keys(failuresByCode).flatMap(
    (code) => errors.find((each) => each.extensions?.code === code) ?? [],
  );
  const error = known[0] ?? errors[0];
  const code = error?.extensions?.code ?? "graphql_error";
  return new ChannelError(
    failuresByCode[code] ?? (isPartlyDone(failure) ? "unavailable" : "rejected"),
    `${code}: ${error?.message ?? "no reason given"}`,
    {
      code,
      httpStatus: 200,
      retryAfterMs: code === "THROTTLED" ? throttledForMs(failure) : undefined,
    },
  );
}

/** An error beside data came under way: what else was asked for was done, so the request can't be wrong as such. */
function isPartlyDone(failure: GraphqlFailure | undefined): boolean {
  return Object.values(failure?.data ?? {}).some((value) => value !== null);
}

/** Until the bucket holds what the query asks for: Shopify docs, rate limits. At least a second. */
function throttledForMs(failure: GraphqlFailure | undefined): number | undefined {
  if (!failure?.extensions) return undefined;
  const { requestedQueryCost, throttleStatus } = failure.extensions.cost;
  const missing = requestedQueryCost - throttleStatus.currentlyAvailable;
  return Math.max(1_000, Math.ceil((missing / throttleStatus.restoreRate) * 1_000));
}

/** An answer that is no 2xx; `body` as far as it could be read. */
export function refusal({ status, retryAfterMs, isPage }: Answer, body: unknown): ChannelError {
  const oauth = OAuthRefusal.safeParse(body).data;
  if (oauth && status >= 400 && status < 500 && status !== 429) {
    const why = oauth.error_description ?? oauth.error;
    return new ChannelError("unauthorized", `Shopify refused the credentials: ${why}`, {
      code: oauth.error,
      httpStatus: status,
    });
  }
  const detail = { code: String(status), httpStatus: status, retryAfterMs };
  // A firewall's page ends by itself; the channel must not stop for it.
  const failure = status === 403 && isPage ? "unavailable" : failureOf(status);
  return new ChannelError(failure, `Shopify answered ${status}`, detail);
}

/** Of the statuses that blame the request: a timeout, and what Shopify's own firewall took for an attack. */
const passingStatuses = [408, 430];

function failureOf(status: number): ChannelFailure {
  if (status === 429) return "rate_limited";
  if (unauthorizedStatuses.includes(status)) return "unauthorized";
  return status >= 400 && status < 500 && !passingStatuses.includes(status) ? "rejected" : "unavailable";
}

/** Seconds, which Shopify writes as `2.0`, or a date (RFC 9110). */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^[\d.]+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
