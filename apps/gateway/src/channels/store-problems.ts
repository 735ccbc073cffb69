import { Problem } from "@lastunit/config/http";
import type { StoreError } from "@lastunit/store";

const RETRY_AFTER_SECONDS = 5;

/** The store's "no" to a channel becomes ours; that somebody else is at work on it is not one. */
export function storeProblem({ code, message }: StoreError): Problem {
  if (code === "credentials_busy") {
    return new Problem(503, code, `${message} Try again in a moment.`, { retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
  return new Problem(code === "channel_key_taken" ? 409 : 400, code, message);
}
