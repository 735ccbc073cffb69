import { ChannelError, type ChannelFailure } from "@lastunit/adapter-contract";
import { z } from "zod";
import { limitOfCalls } from "../revision-limit.ts";
import { shortened } from "../words.ts";
import { many } from "./xml.ts";

/** One `Errors` element of a Trading answer (Trading API: ErrorType). Values stay text: see `xml.ts`. */
export const TradingError = z.object({
  ErrorCode: z.string(),
  ShortMessage: z.string().optional(),
  LongMessage: z.string().optional(),
  /** Only an `Error` refuses something; a `Warning` comes with what was done. */
  SeverityCode: z.string().default("Error"),
  ErrorClassification: z.string().optional(),
});
export type TradingError = z.infer<typeof TradingError>;

/** What the package throws for `Ack: Failure`: its `meta` holds the answer, and the request with the token beside it. */
export const TradingFailure = z
  .object({ meta: z.object({ Errors: many(TradingError) }) })
  .transform(({ meta }) => meta.Errors);

/** 930 to 932: no token, bad token, token too old; 21916984 and 21917053: the same of an OAuth token (IAF). */
const tokenRefused = new Set(["930", "931", "932", "21916984", "21917053"]);
/** 518 is not confirmed by eBay's documents of today, so its words count too. */
const limitInWords = /usage limit/i;

/** The one error that may leave the adapter, of an answer that refuses the call as a whole. */
export function fromTrading(errors: readonly TradingError[]): ChannelError {
  const worst = errors.find(({ SeverityCode }) => SeverityCode === "Error") ?? errors[0];
  const code = worst?.ErrorCode ?? "no_reason";
  const retryAfterMs = limitOfCalls(code)?.retryAfterMs;
  return new ChannelError(tradingFailureOf(worst), `${code}: ${tradingWords(worst)}`, { code, retryAfterMs });
}

export function tradingFailureOf(error: TradingError | undefined): ChannelFailure {
  const code = error?.ErrorCode ?? "";
  if (tokenRefused.has(code)) return "unauthorized";
  if (limitOfCalls(code) || limitInWords.test(tradingWords(error))) return "rate_limited";
  return error?.ErrorClassification === "SystemError" ? "unavailable" : "rejected";
}

/** The fullest words eBay gives. */
export function tradingWords(error: TradingError | undefined): string {
  return shortened(error?.LongMessage ?? error?.ShortMessage ?? "eBay gave no reason");
}
