import pg from "pg";
import { POOL_SIZE, type Baseline } from "./baseline.ts";

/** The rows of the ledger's own event table as they are: no merchants, no tokens, no view of them. */
export function plainRead(databaseUrl: string): Baseline {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE });
  return {
    async read(after, limit) {
      const page = await pool.query<object>({
        name: "page",
        text: "select * from event where position > $1 order by position limit $2",
        values: [after, limit],
      });
      return page.rows;
    },
  };
}
