import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "./logger.ts";
import { messageOf } from "./message-of.ts";

const FIRST_BACK_OFF_MS = 100;
const MAX_BACK_OFF_MS = 5_000;

/**
 * Runs a task again and again until the signal aborts, at least `everyMs` apart. A task that throws (database, ledger or
 * queue away) is tried again after a growing back-off. Of a row of failures each is logged that says something else than
 * the one before, and then the recovery.
 *
 * @returns when the task under way has ended after the abort.
 */
export async function loop(
  task: { readonly name: string; readonly everyMs: number; readonly run: () => Promise<void> },
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  let told: string | undefined;
  while (!signal.aborted) {
    let waitMs = task.everyMs;
    try {
      await task.run();
      if (failures > 0) log.info({ task: task.name, failures }, "works again");
      failures = 0;
      told = undefined;
    } catch (error) {
      if (signal.aborted) return;
      const message = messageOf(error);
      if (message !== told) log.error({ task: task.name, error: message }, "failed, will be tried again");
      told = message;
      waitMs = Math.max(waitMs, Math.min(FIRST_BACK_OFF_MS * 2 ** failures, MAX_BACK_OFF_MS));
      failures += 1;
    }
    if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => undefined);
  }
}
