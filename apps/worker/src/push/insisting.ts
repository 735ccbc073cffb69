import { isDatabaseAway } from "@lastunit/config/postgres";
import pRetry from "p-retry";

/**
 * Keeps what a channel answered, which nobody else knows: a store that is away for a moment must not cost a listing the
 * whole lease of its claim, or a feed its id.
 *
 * @param work may be repeated.
 */
export function insisting(work: () => Promise<void>): Promise<void> {
  return pRetry(work, {
    retries: 7,
    minTimeout: 50,
    maxTimeout: 2_000,
    shouldRetry: ({ error }) => isDatabaseAway(error),
  });
}
