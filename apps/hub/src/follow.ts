import { LedgerError, type LedgerClient } from "@lastunit/ledger/client";
import { applyEvents, currentPosition } from "@lastunit/store";
import type { Pool } from "pg";
import type { Enqueuer } from "./enqueuer.ts";

const BATCH_EVENTS = 1_000;
/** Short enough that a rebuild asked for elsewhere, which only moves the checkpoint, begins soon. */
const WAIT_MS = 5_000;

/**
 * Takes the next events of the log into the store and has what changed enqueued. The checkpoint is read anew every time:
 * it may be another hub's doing, or a rebuild's.
 *
 * @throws when the log ends before the checkpoint: nothing is followed until the store was rebuilt from the log.
 */
export async function followOnce(
  parts: { readonly store: Pool; readonly ledger: Pick<LedgerClient, "events">; readonly enqueuer: Enqueuer },
  signal: AbortSignal,
): Promise<void> {
  const after = await currentPosition(parts.store);
  const options = { limit: BATCH_EVENTS, waitMs: WAIT_MS, signal };
  const { events, next } = await parts.ledger.events(after, options).catch(explain);
  parts.enqueuer.add(await applyEvents(parts.store, events, next));
}

function explain(error: unknown): never {
  if (!(error instanceof LedgerError) || error.code !== "position_ahead") throw error;
  throw new Error(
    `${error.message} The ledger was restored from an older backup, or is another one. New events would be taken for ` +
      "known ones, so the hub stops here: rebuild the store from the ledger's log with npx lastunit replay --store --apply.",
    { cause: error },
  );
}
