import pg from "pg";
import { POOL_SIZE, type Baseline } from "./baseline.ts";

/**
 * Takes sales in one statement a request: the new ones are inserted, and the balances lowered by their sums. No order, no
 * balance after each event, no refusals.
 */
export function oneStatementAppend(databaseUrl: string): Baseline {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE });
  return {
    async append(events) {
      await pool.query({
        name: "append",
        text: `with sent as (
          insert into event (event_id, sku, quantity, on_hand, reserved)
          select *, 0, 0 from unnest($1::text[], $2::text[], $3::bigint[])
          on conflict (event_id) do nothing returning sku, quantity),
        summed as (select sku, sum(quantity) as quantity from sent group by sku order by sku)
        insert into balance (sku, on_hand) select sku, -quantity from summed
        on conflict (sku) do update set on_hand = balance.on_hand + excluded.on_hand`,
        values: [
          events.map((event) => event.event_id),
          events.map((event) => event.sku),
          events.map((event) => event.quantity),
        ],
      });
    },
  };
}
