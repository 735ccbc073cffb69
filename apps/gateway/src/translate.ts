import { ChannelError } from "@lastunit/adapter-contract";
import { Problem } from "@lastunit/config/http";
import { isDatabaseAway } from "@lastunit/config/postgres";
import { LedgerError } from "@lastunit/ledger/client";
import { StoreError } from "@lastunit/store";
import { retryAfterSeconds } from "./channels/platform-problems.ts";
import { storeProblem } from "./channels/store-problems.ts";

/** What is away behind us becomes a 503, what a channel is refused says what to do; undefined for anything else. */
export function translate(error: unknown): Problem | undefined {
  if (error instanceof LedgerError && error.isRetryable) {
    return new Problem(503, "unavailable", "The ledger does not answer.", { retryAfterSeconds: 1 });
  }
  if (error instanceof StoreError) return storeProblem(error);
  if (error instanceof ChannelError) return channelProblem(error);
  if (isDatabaseAway(error)) {
    return new Problem(503, "unavailable", "The database does not answer.", { retryAfterSeconds: 1 });
  }
  return undefined;
}

/** Other than when it is connected, what is refused there is what was stored of the channel. */
function channelProblem(error: ChannelError): Problem {
  if (error.failure === "unauthorized" || error.failure === "rejected") {
    return new Problem(409, "not_connected", `${error.message}. Connect the channel again.`);
  }
  const detail = "The platform does not answer.";
  return new Problem(503, "unavailable", detail, { retryAfterSeconds: retryAfterSeconds(error) });
}
