import { ChannelError } from "@lastunit/adapter-contract";
import { Problem } from "@lastunit/config/http";
import { isDatabaseAway } from "@lastunit/config/postgres";
import { LedgerError } from "@lastunit/ledger/client";

/** What is away behind us becomes a 503, so that senders retry; undefined for anything else. */
export function translate(error: unknown): Problem | undefined {
  if (error instanceof LedgerError && error.isRetryable) {
    return new Problem(503, "unavailable", "The ledger does not answer.", { retryAfterSeconds: 1 });
  }
  // A signature that needs the platform's key can't be checked while the platform is away.
  if (error instanceof ChannelError) {
    return new Problem(503, "unavailable", "The platform does not answer.", { retryAfterSeconds: 5 });
  }
  if (isDatabaseAway(error)) {
    return new Problem(503, "unavailable", "The database does not answer.", { retryAfterSeconds: 1 });
  }
  return undefined;
}
