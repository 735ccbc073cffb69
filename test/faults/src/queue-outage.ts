import { until } from "@lastunit/test-support";
import type { Night } from "./night.ts";

/** Adding a job hangs from `startQueueOutage` on. */
export interface QueueOutage {
  /** The server goes on, and everything it held is gone. */
  endEmpty(): Promise<void>;
}

/** Makes the queues' server stand still, Redis or PostgreSQL's job tables alike. */
export async function startQueueOutage(night: Night): Promise<QueueOutage> {
  return night.redis ? pauseRedis(night.redis) : await lockJobTables(night);
}

function pauseRedis(redis: NonNullable<Night["redis"]>): QueueOutage {
  redis.pause();
  return {
    async endEmpty() {
      await redis.resume();
      await redis.flush();
    },
  };
}

/** PostgreSQL cannot be paused without the store it also holds, so the tables of the jobs alone are. */
async function lockJobTables({ store }: Night): Promise<QueueOutage> {
  const found = await store.query<{ tables: string }>(
    `select string_agg(format('%I.%I', schemaname, tablename), ', ') as tables
     from pg_tables where schemaname = 'bullmq' and tablename <> 'migration'`,
  );
  const tables = found.rows[0]?.tables ?? "";
  const holder = await store.connect();
  // BullMQ locks its tables in another order, so that either side may be the one that has to give way.
  await until("the job tables are locked", async () => {
    await holder.query("rollback; begin");
    await holder.query(`lock table ${tables} in access exclusive mode`);
    return true;
  });
  return {
    async endEmpty() {
      // What a killed process had asked for is still waiting for the lock, and would be done after all.
      await store.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'lastunit-queues' and wait_event_type = 'Lock'`,
      );
      await holder.query(`truncate ${tables}`);
      await holder.query("commit");
      holder.release();
    },
  };
}
