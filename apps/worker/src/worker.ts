import { setTimeout as delay } from "node:timers/promises";
import type { Outbound } from "@lastunit/adapter-contract";
import { loop, type Logger, type Vault } from "@lastunit/config";
import type { LedgerClient } from "@lastunit/ledger/client";
import type { Queues } from "@lastunit/queues";
import type { Pool } from "pg";
import { startSupervisor } from "./channels/supervisor.ts";
import { processDelivery } from "./inbound/process-delivery.ts";
import { createOrderPoller } from "./poll/poll-orders.ts";
import { lookAfterOne } from "./upkeep/upkeep.ts";

const INBOUND_CONCURRENCY = 20;
const POLL_CONCURRENCY = 10;
/** How often to see whether a channel's daily look is due. */
const UPKEEP_EVERY_MS = 5_000;

/** What is under way gets this long to end by itself; then its calls are aborted, and get a little to say so. */
const GRACE_MS = 6_000;
const ABORT_MS = 2_000;

export interface WorkerOptions {
  readonly store: Pool;
  readonly vault: Vault;
  readonly ledger: LedgerClient;
  readonly queues: Queues;
  readonly outbound: Outbound;
  readonly log: Logger;
}

/** A running worker. */
export interface Worker {
  /** Takes no more jobs, lets calls end or aborts them, closes the channels' clients; within ten seconds. */
  stop(): Promise<void>;
}

/** Runs the queues' jobs through the adapters, for every channel of the store. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { queues, log } = options;
  const stopping = new AbortController();
  const base = { ...options, stopping: stopping.signal };
  const supervisor = await startSupervisor(base);
  const parts = { ...base, supervisor };
  const inbound = queues.workInbound((job) => processDelivery(parts, job), { concurrency: INBOUND_CONCURRENCY });
  const polls = queues.workPolls(createOrderPoller(parts), { concurrency: POLL_CONCURRENCY });
  const ending = new AbortController();
  const upkeep = loop({ name: "look after channels", everyMs: UPKEEP_EVERY_MS, run: lookAfterAll }, log, ending.signal);
  log.info({ backend: queues.backend }, "worker is up");

  async function lookAfterAll(): Promise<void> {
    while (!ending.signal.aborted && (await lookAfterOne(parts)));
  }

  return {
    async stop() {
      ending.abort();
      const users = Promise.all([inbound.close(), polls.close(), upkeep]);
      const closed = Promise.all([users, supervisor.close(users)]).then(() => true);
      if (await endsWithin(closed, GRACE_MS)) return;
      stopping.abort(new Error("the worker is stopping"));
      if (await endsWithin(closed, ABORT_MS)) return;
      log.warn("the worker stopped before every job had ended; what is left runs again elsewhere");
    },
  };
}

/** Whether it ended in time. A failure is passed on; a late one is nobody's any more. */
async function endsWithin(work: Promise<boolean>, waitMs: number): Promise<boolean> {
  const timer = new AbortController();
  work.catch(() => undefined);
  try {
    return await Promise.race([work, delay(waitMs, false, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}
