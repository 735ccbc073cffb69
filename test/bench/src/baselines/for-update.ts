import pg from "pg";
import { POOL_SIZE, type Baseline } from "./baseline.ts";

/** One transaction a request: lock the balance's row, insert the event, update the balance. */
export function forUpdate(databaseUrl: string): Baseline {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE });
  return {
    async reserve({ id, sku, quantity }) {
      const client = await pool.connect();
      try {
        await client.query("begin");
        const found = await client.query<{ on_hand: string; reserved: string }>({
          name: "lock",
          text: "select on_hand, reserved from balance where sku = $1 for update",
          values: [sku],
        });
        const onHand = Number(found.rows[0]?.on_hand ?? 0);
        const reserved = Number(found.rows[0]?.reserved ?? 0) + quantity;
        if (reserved > onHand) {
          await client.query("rollback");
          return false;
        }
        await client.query({
          name: "insert",
          text: "insert into event (event_id, sku, quantity, on_hand, reserved) values ($1, $2, $3, $4, $5)",
          values: [id, sku, quantity, onHand, reserved],
        });
        await client.query({
          name: "update",
          text: "update balance set reserved = $2 where sku = $1",
          values: [sku, reserved],
        });
        await client.query("commit");
        return true;
      } finally {
        client.release();
      }
    },
  };
}
