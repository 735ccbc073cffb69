import type pg from "pg";
import type { Logger } from "@lastunit/config";
import type { GroupCommit } from "./commit/group-commit.ts";
import { changeReservation } from "./commit/work.ts";

/** How often we look: an expired reservation is released within a second. */
const LOOK_EVERY_MS = 250;
const AT_ONCE = 500;
/** Of all of them together, an event each: who asks for something meanwhile waits for so many at most, and one cart more. */
const LINES_AT_ONCE = 2_000;

// now(), not clock_timestamp(): a volatile function keeps the index from being used, and every hold is read.
const DUE = `
select merchant_id, reservation_id, lines from (
  select merchant_id, reservation_id, lines, sum(lines) over (order by expires_at, merchant_id, reservation_id) as lines_to_here
  from (
    select merchant_id, reservation_id, expires_at, jsonb_array_length(lines) as lines from reservation
    where state = 'held' and expires_at <= now() order by expires_at limit $1) due
) counted
where lines_to_here - lines < $2`;

interface DueRow {
  merchant_id: string;
  reservation_id: string;
  /** How many it has. */
  lines: number;
}

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
    let isMore = false;
    try {
      const { rows } = await options.pool.query<DueRow>(DUE, [AT_ONCE, LINES_AT_ONCE]);
      await Promise.all(
        rows.map(({ merchant_id: merchantId, reservation_id: reservationId }) =>
          options.commit.submit(changeReservation({ type: "Expire", merchantId, reservationId })),
        ),
      );
      isMore = rows.length === AT_ONCE || rows.reduce((sum, { lines }) => sum + lines, 0) >= LINES_AT_ONCE;
    } catch (error) {
      options.log.warn({ err: error }, "expired reservations could not be released; trying again");
    }
    if (!stopped) timer = setTimeout(next, isMore ? 0 : LOOK_EVERY_MS);
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
