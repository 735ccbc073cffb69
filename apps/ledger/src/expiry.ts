import type pg from "pg";
import type { Logger } from "@lastunit/config";
import type { GroupCommit } from "./commit/group-commit.ts";
import { changeReservation } from "./commit/work.ts";

/** How often we look: an expired reservation is released within a second. */
const LOOK_EVERY_MS = 250;
const AT_ONCE = 500;

/**
 * Releases reservations whose time is over, by events in the log. Every ledger process does so; the writer decides, so
 * each ends once.
 */
export function startExpiry(options: { readonly pool: pg.Pool; readonly commit: GroupCommit; readonly log: Logger }): {
  stop(): Promise<void>;
} {
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();
  let stopped = false;

  async function look(): Promise<void> {
    try {
      // now(), not clock_timestamp(): a volatile function keeps the index from being used, and every hold is read.
      const due = await options.pool.query<{ merchant_id: string; reservation_id: string }>(
        `select merchant_id, reservation_id from reservation
         where state = 'held' and expires_at <= now() order by expires_at limit $1`,
        [AT_ONCE],
      );
      await Promise.all(
        due.rows.map((row) =>
          options.commit.submit(
            changeReservation({ type: "Expire", merchantId: row.merchant_id, reservationId: row.reservation_id }),
          ),
        ),
      );
    } catch (error) {
      options.log.warn({ err: error }, "expired reservations could not be released; trying again");
    }
    if (!stopped) timer = setTimeout(next, LOOK_EVERY_MS);
  }

  function next(): void {
    looking = look();
  }
  next();

  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
