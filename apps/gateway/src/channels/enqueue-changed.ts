import type { ChangedListing, Channel } from "@lastunit/store";
import type { GatewayParts } from "../options.ts";

/** What is more than that goes with the hub's sweep, the most urgent first as well: a request must not wait for a whole catalog. */
const AT_ONCE = 1_000;

/** Enqueues the pushes of a channel's listings that do not show what they must. */
export async function enqueueChanged(
  { queues, log }: GatewayParts,
  { channelKey }: Channel,
  changed: readonly ChangedListing[],
): Promise<void> {
  const first = changed.toSorted((a, b) => a.priority - b.priority).slice(0, AT_ONCE);
  await queues.enqueuePushes(first).catch((error: unknown) => {
    // The hub's sweep finds what is behind.
    log.warn({ err: error, channel: channelKey }, "changed listings wait for the sweep");
  });
}
