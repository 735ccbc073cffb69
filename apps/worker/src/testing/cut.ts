import { until } from "@lastunit/test-support";
import type { PoolClient } from "pg";

/** As a store that is away for a moment: cuts the connection that waits for what `holder` has locked, and lets go of it. */
export async function cutWaiting(holder: PoolClient): Promise<void> {
  await until("the connection was cut", async () => {
    const cut = await holder.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))",
    );
    return cut.rowCount === 1;
  });
  await holder.query("rollback");
  holder.release();
}
