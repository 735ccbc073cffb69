import { LedgerError, type LedgerClient } from "@lastunit/ledger/client";
import { applyEvents, currentCheckpoint } from "@lastunit/store";
import type { Pool } from "pg";
import type { Enqueuer } from "./enqueuer.ts";

const BATCH_EVENTS = 1_000;
/** Short enough that a rebuild asked for elsewhere, which only moves the checkpoint, begins soon. */
const WAIT_MS = 5_000;

/**
 * Takes the next events of the log into the store and has what changed enqueued. The checkpoint is read anew every time:
 * it may be another hub's doing, or a rebuild's.
 *
 * @returns since when there was nothing more to follow, by the store's clock; undefined when there may be more now.
 * @throws when the log is not the one that was followed to the checkpoint, ends before it or has another event there:
 *   nothing is followed until the store was rebuilt from the log.
 */
export async function followOnce(
  parts: { readonly store: Pool; readonly ledger: Pick<LedgerClient, "events">; readonly enqueuer: Enqueuer },
  signal: AbortSignal,
): Promise<Date | undefined> {
  const { position, hash, readAt } = await currentCheckpoint(parts.store);
  const options = { ...(hash !== null && { hash }), limit: BATCH_EVENTS, waitMs: WAIT_MS, signal };
  const { events, next } = await parts.ledger.events(position, options).catch(explain);
  parts.enqueuer.add(await applyEvents(parts.store, events, next));
  return events.length < BATCH_EVENTS ? readAt : undefined;
}

/** The ledger's answers to one who has followed another log. */
const OTHER_LOG: ReadonlySet<string> = new Set(["position_ahead", "log_differs"]);

function explain(error: unknown): never {
  if (!(error instanceof LedgerError && OTHER_LOG.has(error.code))) throw error;
  throw new Error(
    `${error.message} The ledger was restored from an older backup, or is another one. New events would be taken for ` +
      "known ones, so the hub stops here: rebuild the store from the ledger's log with npx lastunit replay --store --apply.",
    { cause: error },
  );
}
