import pg from "pg";
import { POOL_SIZE, type Baseline } from "./baseline.ts";

/** One statement a request: the balance is updated if there is enough, and the event inserted from what came back. */
export function conditionalUpdate(databaseUrl: string): Baseline {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE });
  return {
    async reserve({ id, sku, quantity }) {
      const done = await pool.query({
        name: "reserve",
        text: `with held as (
            update balance set reserved = reserved + $3 where sku = $2 and on_hand - reserved >= $3
            returning sku, on_hand, reserved)
          insert into event (event_id, sku, quantity, on_hand, reserved)
          select $1, sku, $3, on_hand, reserved from held`,
        values: [id, sku, quantity],
      });
      return done.rowCount === 1;
    },
  };
}
