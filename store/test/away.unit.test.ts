import { setImmediate as nextTurn } from "node:timers/promises";
import { createLogger } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import { until } from "@lastunit/test-support";
import type { Pool } from "pg";
import { expect, it, onTestFinished } from "vitest";
import { findTroubles, summarizeMatching } from "../src/index.ts";

const channelId = "2a44c735-6d2a-4061-8aa8-000000000001";

/** A pool whose server is away; so is each of its queries, one after the other. */
function openPool(): Pool {
  const log = createLogger({ name: "test", level: "silent" });
  return createPool({ connectionString: "postgres://127.0.0.1:9/none", name: "test", max: 1, log });
}

it.each([
  ["what went wrong with a channel", (pool: Pool) => findTroubles(pool, channelId)],
  ["how its listings were matched", (pool: Pool) => summarizeMatching(pool, channelId, 10)],
])("%s, asked while the database is away, fails without ending the process", async (_, ask) => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  onTestFinished(() => void process.off("unhandledRejection", note));
  const pool = openPool();
  await expect(ask(pool)).rejects.toThrow("ECONNREFUSED");
  await until("every query has failed", async () => pool.totalCount === 0 && pool.waitingCount === 0);
  await nextTurn();
  expect(unhandled).toEqual([]);
});
