import { ChannelError, type ChannelFailure, type UpdateOutcome } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { HttpAnswer } from "./http.ts";
import { waitAfterThrottle } from "./throttle.ts";

/** One error as Walmart words it, for a call or for one ship node of it. */
export const WalmartError = z.object({
  code: z.string().catch("unknown"),
  description: z.string().optional(),
  info: z.string().optional(),
  category: z.string().optional(),
  /** ERROR, WARN or INFO. */
  severity: z.string().optional(),
});
export type WalmartError = z.infer<typeof WalmartError>;

/** Most of Walmart says `errors`, some of its gateways `error`, and the orders' API one within the other. */
const Singular = z.object({ error: z.array(WalmartError).min(1) }).transform((body) => body.error);
const ErrorBody = z.union([
  z.object({ errors: z.array(WalmartError).min(1) }).transform((body) => body.errors),
  z.object({ errors: Singular }).transform((body) => body.errors),
  Singular,
]);

/**
 * What a status outside 2xx means for the call as a whole.
 * A page that is not JSON comes from the edge in front of the API, so it says nothing about the request.
 */
export function failureOf(answer: HttpAnswer, body: unknown): ChannelError {
  const [first] = errorsIn(body);
  const isPage = body === undefined && answer.text !== "";
  const failure = isThrottled(first) ? "rate_limited" : failureKind(answer.status, isPage);
  return failed(failure, answer, first, `Walmart answered ${answer.status}`);
}

/** The failure that an answer with status 200 tells in its body; undefined when it tells none, or only warns. */
export function failureIn(answer: HttpAnswer, body: unknown): ChannelError | undefined {
  const first = errorsIn(body).find(({ severity }) => severity !== "INFO" && severity !== "WARN");
  if (!first) return undefined;
  return failed(isThrottled(first) ? "rate_limited" : kindOf(first), answer, first, "Walmart refused the call");
}

function errorsIn(body: unknown): readonly WalmartError[] {
  return ErrorBody.safeParse(body).data ?? [];
}

function isThrottled(error: WalmartError | undefined): boolean {
  return error?.code.startsWith("REQUEST_THRESHOLD_VIOLATED") ?? false;
}

function kindOf(error: WalmartError): ChannelFailure {
  if (/^(UNAUTHORIZED|FORBIDDEN)/.test(error.code)) return "unauthorized";
  return isAboutTheRequest(error) ? "rejected" : "unavailable";
}

function failed(
  failure: ChannelFailure,
  { status, headers }: HttpAnswer,
  error: WalmartError | undefined,
  otherwise: string,
): ChannelError {
  return new ChannelError(failure, error ? wordsOf(error) : otherwise, {
    code: error?.code ?? `http_${status}`,
    httpStatus: status,
    retryAfterMs: failure === "rate_limited" ? waitAfterThrottle(headers, Date.now(), Math.random()) : undefined,
  });
}

function failureKind(status: number, isPage: boolean): ChannelFailure {
  if (status === 429) return "rate_limited";
  if (status === 401) return "unauthorized";
  if (status < 400 || status >= 500 || status === 408 || isPage) return "unavailable";
  return status === 403 ? "unauthorized" : "rejected";
}

/** Whether it will be wrong again: by Walmart's category where it names one, else by the family of its code. */
export function isAboutTheRequest({ category, code }: WalmartError): boolean {
  return category === undefined ? /^(INVALID|MALFORMED)_/.test(code) : ["DATA", "REQUEST"].includes(category);
}

/** The outcome of one listing whose request was `rejected`: Walmart's unknown SKU may be one it has not ingested yet. */
export function outcomeOf(error: ChannelError): UpdateOutcome {
  return { status: isNotFound(error) ? "retry" : "rejected", code: error.code, message: error.message };
}

/** Walmart's 404: an unknown SKU, an order it does not show yet, or an empty list. */
export function isNotFound(error: unknown): error is ChannelError {
  return error instanceof ChannelError && error.failure === "rejected" && error.httpStatus === 404;
}

/** Walmart's own words, short enough to show beside a listing. */
export function wordsOf(error: WalmartError): string {
  return (error.description ?? error.info ?? error.code).slice(0, 300);
}
