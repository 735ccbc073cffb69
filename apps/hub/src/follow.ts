import type { LedgerClient } from "@lastunit/ledger/client";
import { applyEvents, currentPosition } from "@lastunit/store";
import type { Pool } from "pg";
import type { Enqueuer } from "./enqueuer.ts";

const BATCH_EVENTS = 1_000;
/** Short enough that a rebuild asked for elsewhere, which only moves the checkpoint, begins soon. */
const WAIT_MS = 5_000;

/**
 * Takes the next events of the log into the store and has what changed enqueued. The checkpoint is read anew every time:
 * it may be another hub's doing, or a rebuild's.
 */
export async function followOnce(
  parts: { readonly store: Pool; readonly ledger: Pick<LedgerClient, "events">; readonly enqueuer: Enqueuer },
  signal: AbortSignal,
): Promise<void> {
  const after = await currentPosition(parts.store);
  const { events, next } = await parts.ledger.events(after, { limit: BATCH_EVENTS, waitMs: WAIT_MS, signal });
  parts.enqueuer.add(await applyEvents(parts.store, events, next));
}
