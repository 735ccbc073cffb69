import { ChannelError } from "@lastunit/adapter-contract";
import type { CallLimits, WalmartClient, WalmartRequest } from "./client.ts";
import { limits as paceLimits, type Bucket } from "./limits.ts";

/** How long a call waits for its turn. The buckets that are counted by the hour give the next one in a minute or so. */
const MAX_WAIT_MS = 2_000;

/**
 * Sends a call of a bucket that is counted by the hour.
 * @throws {ChannelError} `rate_limited`, with the time to the next one, when the hour's calls are spent: a call that waited
 *   would only run into its deadline, and nobody could tell whether it had been sent.
 */
export async function sendScarce<T>(
  client: WalmartClient,
  request: WalmartRequest<T> & { readonly bucket: Bucket },
  limits: CallLimits,
): Promise<T> {
  const turn = AbortSignal.timeout(MAX_WAIT_MS);
  try {
    return await client.send(request, { ...limits, waiting: AbortSignal.any([limits.signal, turn]) });
  } catch (error) {
    if (error instanceof ChannelError || !turn.aborted) throw error;
    throw new ChannelError("rate_limited", "Walmart takes no more of these calls this hour", {
      code: "hour_is_spent",
      retryAfterMs: 1_000 / paceLimits[request.bucket].perSecond,
    });
  }
}
