import { ChannelError, type ChannelFailure } from "@lastunit/adapter-contract";
import { z } from "zod";
import { fromTrading, TradingFailure } from "./trading/errors.ts";
import { shortened } from "./words.ts";

/** One entry of eBay's `errors` (Sell Inventory, Sell Fulfillment and Commerce Notification OpenAPI: Error). */
export const EbayError = z.object({
  errorId: z.number().optional(),
  domain: z.string().optional(),
  category: z.string().optional(),
  message: z.string().optional(),
  longMessage: z.string().optional(),
});
export type EbayError = z.infer<typeof EbayError>;

const RestRefusal = z.object({ errors: z.array(EbayError).min(1) });
/** How the token endpoint refuses credentials (RFC 6749, section 5.2); any proxy may send another `error`. */
const OAuthRefusal = z.object({
  error: z.enum(["invalid_grant", "invalid_client", "invalid_scope", "unauthorized_client"]),
  error_description: z.string().optional(),
});

const HttpAnswer = z.object({
  status: z.number(),
  headers: z.looseObject({ "retry-after": z.string().optional() }).catch({}),
  data: z.unknown(),
});
/** An answer axios took for a failure, by its status. */
const FailedAnswer = z.object({ response: HttpAnswer });

const codes = {
  systemError: 25_001,
  tooManyRequests: 2_001,
  accessDenied: 1_100,
};

/** The fullest words eBay gives. */
export function wordsOf(error: EbayError | undefined): string {
  return shortened(error?.longMessage ?? error?.message ?? "eBay gave no reason");
}

/** Whether one failed element of a bulk answer was turned away by a limit of all calls. */
export function isThrottled(status: number, error: EbayError | undefined): boolean {
  return failureOf(status, error) === "rate_limited";
}

/** Whether one failed element of a bulk answer may succeed later: eBay's own trouble, or a limit of the day. */
export function isPassing(status: number, error: EbayError | undefined): boolean {
  const failure = failureOf(status, error);
  return failure === "unavailable" || failure === "rate_limited";
}

/**
 * Turns whatever axios or the package threw into the one error that may leave the adapter. The original holds the
 * bearer token (in `meta.req.headers`, in axios's `config`), so nothing of it but eBay's code and words goes over.
 */
export function toChannelError(thrown: unknown, signal?: AbortSignal): ChannelError {
  if (thrown instanceof ChannelError) return thrown;
  const answer = FailedAnswer.safeParse(thrown);
  if (answer.success) return fromAnswer(answer.data.response);
  const trading = TradingFailure.safeParse(thrown);
  if (trading.success) return fromTrading(trading.data);
  if (signal?.aborted) {
    const timedOut = signal.reason instanceof Error && signal.reason.name === "TimeoutError";
    const code = timedOut ? "timeout" : "aborted";
    return new ChannelError("unavailable", `the call to eBay was given up (${code})`, { code });
  }
  const { code } = z.object({ code: z.string() }).catch({ code: "no_answer" }).parse(thrown);
  return new ChannelError("unavailable", `eBay could not be reached (${code})`, { code });
}

/** eBay, or something between, may answer 200 with `{errors: […]}`, which the package takes for success. */
export function refusalIn(body: unknown): ChannelError | undefined {
  const refusal = RestRefusal.safeParse(body);
  return refusal.success ? fromAnswer({ status: 200, headers: {}, data: body }) : undefined;
}

function fromAnswer(answer: z.infer<typeof HttpAnswer>): ChannelError {
  const { status, data } = answer;
  const oauth = OAuthRefusal.safeParse(data);
  if (oauth.success && status < 500 && status !== 429) {
    const { error, error_description: why } = oauth.data;
    return new ChannelError(
      "unauthorized",
      `eBay refused the credentials (${error}${why ? `: ${shortened(why)}` : ""})`,
      {
        code: error,
        httpStatus: status,
      },
    );
  }
  const error = RestRefusal.safeParse(data).data?.errors[0];
  const code = String(error?.errorId ?? status);
  const text = error ? wordsOf(error) : `eBay answered ${status}`;
  const failure = isPage(data) ? failureOfPage(status) : failureOf(status, error);
  return new ChannelError(failure, `${code}: ${text}`, {
    code,
    httpStatus: status,
    retryAfterMs: retryAfterMs(answer.headers["retry-after"]),
  });
}

/**
 * Classified by status, for the package names a 429 `EBayAccessDenied` (its domain is ACCESS). The ids decide where
 * the status cannot: inside a bulk answer, and in a 200 that is none.
 */
function failureOf(status: number, error: EbayError | undefined): ChannelFailure {
  const id = error?.errorId;
  if (status === 429 || id === codes.tooManyRequests) return "rate_limited";
  if (id === codes.systemError || status >= 500 || status === 408) return "unavailable";
  if (status === 401 || status === 403) return "unauthorized";
  if (id === codes.accessDenied || error?.domain === "OAuth") return "unauthorized";
  if (status < 400 && error?.category === "APPLICATION") return "unavailable";
  return status >= 300 && status < 400 ? "unavailable" : "rejected";
}

function isPage(data: unknown): boolean {
  return typeof data === "string" && /<html|<!doctype html/i.test(data.slice(0, 1_000));
}

/**
 * A page comes from the edge in front of eBay's APIs, and says nothing of what was asked: its "Access Denied" is no word
 * about the seller's consent, and its "Not Found" none about a SKU.
 */
function failureOfPage(status: number): ChannelFailure {
  const failure = failureOf(status, undefined);
  return failure === "rate_limited" || status === 401 ? failure : "unavailable";
}

/** eBay documents no Retry-After; a proxy or a simulator may send one (RFC 9110: seconds or a date). */
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
