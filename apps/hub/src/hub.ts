import { loop, type Logger } from "@lastunit/config";
import type { LedgerClient } from "@lastunit/ledger/client";
import { beat, finishOffers, HEARTBEAT_EVERY_MS } from "@lastunit/store";
import type { Pool } from "pg";
import { createEnqueuer } from "./enqueuer.ts";
import { followOnce } from "./follow.ts";
import type { HubQueues } from "./parts.ts";
import { forgetOldBodies, forgetOldPushes, schedulePolls, sweepInbox, sweepPushes } from "./sweep.ts";

export interface Hub {
  /** Ends the long poll and waits for what is under way. */
  stop(): Promise<void>;
}

const SWEEP_EVERY_MS = 1_000;
/** How soon a new, paused or resumed channel's polling follows. */
const SCHEDULE_EVERY_MS = 10_000;
/** Webhooks bring orders within seconds; this is the second source, and the slowest channel allows one call a minute. */
const POLL_EVERY_MS = 120_000;
/** Whoever revises an offer works it out at once; this is for one that died meanwhile. */
const FINISH_EVERY_MS = 5_000;
const CLEAN_EVERY_MS = 3_600_000;
/** In small steps: what waits after an update would else be one long write. */
const EMPTY_EVERY_MS = 10_000;
/** Longer than a long poll of the log takes when nothing happens. */
const FOLLOWING_MS = 15_000;

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
    { name: "follow the log", everyMs: 0, run: follow },
    { name: "sweep pushes", everyMs: SWEEP_EVERY_MS, run: () => sweepPushes(parts, followedUntil) },
    { name: "finish offers", everyMs: FINISH_EVERY_MS, run: () => finishOffers(parts.store, signal) },
    { name: "sweep inbox", everyMs: SWEEP_EVERY_MS, run: () => sweepInbox(parts) },
    { name: "schedule polls", everyMs: SCHEDULE_EVERY_MS, run: () => schedulePolls(parts, POLL_EVERY_MS) },
    { name: "forget old pushes", everyMs: CLEAN_EVERY_MS, run: () => forgetOldPushes(parts) },
    { name: "forget old bodies", everyMs: EMPTY_EVERY_MS, run: () => forgetOldBodies(parts) },
    { name: "beat", everyMs: HEARTBEAT_EVERY_MS, run: beatIfFollowing },
  ];

  let followedAt = 0;
  /** Everything recorded by then was followed. */
  let followedUntil: Date | undefined;
  async function follow(): Promise<void> {
    followedUntil = (await followOnce({ ...parts, enqueuer }, signal)) ?? followedUntil;
    followedAt = performance.now();
  }
  /** A hub that can't follow is not healthy, whatever else of it still turns. */
  async function beatIfFollowing(): Promise<void> {
    if (performance.now() - followedAt < FOLLOWING_MS) await beat(parts.store, "hub");
  }

  const running = Promise.all(tasks.map((task) => loop(task, parts.log, signal)));

  return {
    async stop() {
      stopping.abort();
      await running;
      await enqueuer.idle();
    },
  };
}
