import { Problem } from "@lastunit/config/http";
import type { StoreError } from "@lastunit/store";

const RETRY_AFTER_SECONDS = 5;

/** The store's "no" to a channel becomes ours; undefined for what is our own failure. */
export function storeProblem({ code, message }: StoreError): Problem | undefined {
  switch (code) {
    case "credentials_busy":
      return new Problem(503, code, `${message} Try again in a moment.`, { retryAfterSeconds: RETRY_AFTER_SECONDS });
    case "credentials_missing":
      return new Problem(409, "not_connected", `${message} Connect the channel again.`);
    case "channel_key_taken":
      return new Problem(409, code, message);
    case "unknown_channel":
    case "unknown_merchant":
      return new Problem(404, code, message);
    case "merchant_id_malformed":
    case "allocation_malformed":
      return new Problem(400, code, message);
    case "log_gap":
      return undefined;
  }
}
