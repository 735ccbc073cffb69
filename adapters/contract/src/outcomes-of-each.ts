import { ChannelError } from "./errors.ts";
import type { UpdateOutcome } from "./inventory.ts";

/**
 * The outcomes of a push whose updates were sent one by one, so that each may have failed by itself. What was accepted
 * stays accepted: a thrown error would forget it.
 *
 * @param results by update: its outcome, or the error its request failed with; one of the request itself (`rejected`)
 *   is the item's own and made an outcome before.
 * @throws {ChannelError} when all failed in one way: then the call as a whole did. Throttled ones wait for the longest.
 */
export function outcomesOfEach(results: readonly (UpdateOutcome | ChannelError)[]): readonly UpdateOutcome[] {
  const errors = results.filter((result) => result instanceof ChannelError);
  const [worst] = errors.toSorted((a, b) => (b.retryAfterMs ?? 0) - (a.retryAfterMs ?? 0));
  const failedAlike = errors.length === results.length && errors.every(({ failure }) => failure === worst?.failure);
  if (worst && failedAlike) throw worst;
  return results.map((result) => (result instanceof ChannelError ? outcomeOf(result) : result));
}

function outcomeOf({ failure, retryAfterMs, code, message }: ChannelError): UpdateOutcome {
  return failure === "rate_limited" ? { status: "throttled", retryAfterMs } : { status: "retry", code, message };
}
