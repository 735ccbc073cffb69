import type pg from "pg";
import { checkBalances } from "./balance-check.ts";
import { checkChain } from "./chain-check.ts";
import type { Mismatch } from "./mismatch.ts";
import { checkReservations } from "./reservation-check.ts";

/** What an audit went through. */
export interface AuditTotals {
  readonly events: number;
  readonly balances: number;
  readonly reservations: number;
}

/**
 * Replays the log, in one snapshot, against what is made of it: the chain of hashes, the balances, the reservations. Of
 * one merchant, or (null) of all. Gives, stretch by stretch, the mismatches found in it, often none; memory grows neither
 * with the log nor with the number of SKUs.
 */
export async function* audit(
  pool: pg.Pool,
  merchantId: string | null,
): AsyncGenerator<readonly Mismatch[], AuditTotals> {
  const client = await pool.connect();
  try {
    await client.query("begin transaction isolation level repeatable read read only");
    let events = 0;
    for await (const stretch of checkChain(client, merchantId)) {
      events += stretch.events;
      yield stretch.mismatches;
    }
    yield* checkBalances(client, merchantId);
    yield* checkReservations(client, merchantId);
    const counted = await client.query<Omit<AuditTotals, "events">>(
      `select (select count(*) from balance where $1::text is null or merchant_id = $1) as balances,
         (select count(*) from reservation where $1::text is null or merchant_id = $1) as reservations`,
      [merchantId],
    );
    return { events, balances: 0, reservations: 0, ...counted.rows[0] };
  } finally {
    await client.query("rollback").catch(() => undefined);
    client.release();
  }
}
