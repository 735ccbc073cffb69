import type { Logger } from "@lastunit/config";
import type { LedgerClient } from "@lastunit/ledger/client";
import type { Pool } from "pg";
import { createEnqueuer } from "./enqueuer.ts";
import { followOnce } from "./follow.ts";
import { loop } from "./loop.ts";
import type { HubQueues } from "./parts.ts";
import { forgetOldPushes, schedulePolls, sweepInbox, sweepPushes } from "./sweep.ts";

export interface Hub {
  /** Ends the long poll and waits for what is under way. */
  stop(): Promise<void>;
}

const SWEEP_EVERY_MS = 1_000;
/** How soon a new, paused or resumed channel's polling follows. */
const SCHEDULE_EVERY_MS = 10_000;
/** Webhooks bring orders within seconds; this is the second source, and the slowest channel allows one call a minute. */
const POLL_EVERY_MS = 120_000;
const CLEAN_EVERY_MS = 3_600_000;

/**
 * Starts following the ledger's log. Several hubs may run side by side; each survives outages of ledger, store and
 * queues, and catches up after them.
 *
 * @param parts.ledger with a service token: the log of all merchants is read.
 */
export async function startHub(parts: {
  readonly store: Pool;
  readonly ledger: Pick<LedgerClient, "events">;
  readonly queues: HubQueues;
  readonly log: Logger;
}): Promise<Hub> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const enqueuer = createEnqueuer(parts.queues, parts.log);
  const tasks = [
    { name: "follow the log", everyMs: 0, run: () => followOnce({ ...parts, enqueuer }, signal) },
    { name: "sweep pushes", everyMs: SWEEP_EVERY_MS, run: () => sweepPushes(parts) },
    { name: "sweep inbox", everyMs: SWEEP_EVERY_MS, run: () => sweepInbox(parts) },
    { name: "schedule polls", everyMs: SCHEDULE_EVERY_MS, run: () => schedulePolls(parts, POLL_EVERY_MS) },
    { name: "forget old pushes", everyMs: CLEAN_EVERY_MS, run: () => forgetOldPushes(parts) },
  ];
  const running = Promise.all(tasks.map((task) => loop(task, parts.log, signal)));

  return {
    async stop() {
      stopping.abort();
      await running;
      await enqueuer.idle();
    },
  };
}
