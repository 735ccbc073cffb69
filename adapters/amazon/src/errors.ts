import { ChannelError, channelWords, type ChannelFailure } from "@lastunit/adapter-contract";
import { z } from "zod";

/** Amazon's own words; its tokens are `Atza|…` and `Atzr|…`. */
export const Words = channelWords(/Atz[a-z]*(?:\||%7C)[^\s"',;)]*/gi);

/** One entry of `errors` (SP-API models: Error). */
const AnsweredError = z.object({
  code: z.string(),
  message: Words.default(""),
  details: Words.nullish(),
});
type AnsweredError = z.infer<typeof AnsweredError>;
const ErrorList = z.object({ errors: z.array(AnsweredError).min(1) });

/** An answer as it came, before anybody believed in it. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly text: string;
}

/** Codes that say what went wrong when the status does not: Amazon may answer 200 with `errors`. */
const failuresByCode: { readonly [code: string]: ChannelFailure } = {
  QuotaExceeded: "rate_limited",
  Unauthorized: "unauthorized",
  InvalidInput: "rejected",
};

/** An answer, parsed and classified once. */
export interface ReadAnswer {
  readonly status: number;
  /** Undefined when it is no JSON. */
  readonly body: unknown;
  /** What Amazon answers instead of doing what it was asked. */
  readonly refusal: ChannelError | undefined;
  /** Whether it is the access token that was refused, rather than a role that is missing: renewing helps only the first. */
  readonly isTokenRefused: boolean;
}

/** @param perSecond the operation's rate, which says how long a throttled caller waits: Amazon sends no Retry-After. */
export function readAnswer(answer: HttpAnswer, perSecond: number): ReadAnswer {
  const { status } = answer;
  const body = parseJson(answer.text);
  const errors = ErrorList.safeParse(body).data?.errors ?? [];
  return {
    status,
    body,
    refusal: refusalOf(answer, errors[0], perSecond),
    isTokenRefused:
      (status === 401 || status === 403) && errors.some(({ details }) => /access token/i.test(details ?? "")),
  };
}

/**
 * The body, parsed by `schema`.
 * @throws {ChannelError} the refusal, classified by status. HTML and cut JSON are `unavailable`, whatever the status.
 */
export function contentOf<T>({ status, body, refusal }: ReadAnswer, schema: z.ZodType<T>): T {
  if (refusal) throw refusal;
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ChannelError("unavailable", "Amazon's answer could not be read", {
    code: "unreadable_answer",
    httpStatus: status,
  });
}

function refusalOf(
  { status, headers }: HttpAnswer,
  error: AnsweredError | undefined,
  perSecond: number,
): ChannelError | undefined {
  if (status < 300 && !error) return undefined;
  const code = error?.code ?? String(status);
  const words = [error?.message, error?.details].filter(Boolean).join(" ") || `Amazon answered ${status}`;
  const message = `${code}: ${words}`;
  if (isShutOut(status, words)) {
    return new ChannelError("rate_limited", message, { code, httpStatus: status, retryAfterMs: SHUT_OUT_MS });
  }
  const failure = failureOf(status, code);
  const retryAfterMs = failure === "rate_limited" ? waitFor(rateOf(headers) ?? perSecond) : undefined;
  return new ChannelError(failure, message, { code, httpStatus: status, retryAfterMs });
}

/**
 * A client that went on against 429 is shut out for a while by a 403 "… is forbidden" (github.com/jrl84/amazon-sp-api,
 * issue 46); a token or role that is missing makes it "… is denied". Were it meant for good after all, the next token
 * would be refused within the hour.
 */
function isShutOut(status: number, words: string): boolean {
  return status === 403 && /\bis forbidden\b/i.test(words);
}
const SHUT_OUT_MS = 60_000;

/** One over the rate, and up to half as much again: limits of the whole app are shared by all its sellers. */
function waitFor(perSecond: number): number {
  return Math.ceil((1_000 / perSecond) * (1 + Math.random() / 2));
}

function failureOf(status: number, code: string): ChannelFailure {
  if (status === 429) return "rate_limited";
  if (status < 400) return failuresByCode[code] ?? "unavailable";
  if (status === 401 || status === 403) return "unauthorized";
  return status >= 500 || status === 408 ? "unavailable" : "rejected";
}

/** Calls a second that this seller's plan allows; undefined where the answer does not tell. */
export function rateOf(headers: HttpAnswer["headers"]): number | undefined {
  const rate = Number(headers["x-amzn-ratelimit-limit"]);
  return Number.isFinite(rate) && rate > 0 ? rate : undefined;
}

/** A call that got no whole answer: given up, refused, reset or cut. Nothing of the client's own error goes over. */
export function noAnswer(thrown: unknown, signal: AbortSignal): ChannelError {
  if (thrown instanceof ChannelError) return thrown;
  const code = signal.aborted ? endOf(signal) : codeOf(thrown);
  return new ChannelError("unavailable", `no answer from Amazon (${code})`, { code });
}

/** A call that was never made: its deadline passed, or too many waited, before the pacer let it go. */
export function noTurn(signal: AbortSignal): ChannelError {
  const why = signal.aborted ? endOf(signal) : "too many wait";
  return new ChannelError("unavailable", `a call to Amazon did not get its turn (${why})`, { code: NO_TURN });
}
export const NO_TURN = "no_turn";

function endOf({ reason }: AbortSignal): string {
  return reason instanceof Error && reason.name === "TimeoutError" ? "timeout" : "aborted";
}

/** Node's errors carry `code`; fetch keeps it in `cause`. */
function codeOf(thrown: unknown): string {
  const Coded = z.object({ code: z.string() });
  const found = Coded.safeParse(thrown).data ?? z.object({ cause: Coded }).safeParse(thrown).data?.cause;
  return found?.code ?? "no_answer";
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
