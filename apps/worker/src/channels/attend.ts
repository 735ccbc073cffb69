import { setTimeout as delay } from "node:timers/promises";
import { channelErrorOf } from "../call.ts";
import { createBackoff } from "./backoff.ts";
import type { OpenChannel, WorkerParts } from "./open-channel.ts";

/** Something that is done for a channel again and again, beside its jobs. */
export interface Attendant {
  /** Ends it; resolves when what is under way has ended. */
  close(): Promise<void>;
}

/** Tells of a channel that refused our credentials. */
export type OnUnauthorized = (reason: string) => Promise<void>;

/**
 * Runs a task for a channel until closed. What fails is tried again after a growing back-off, or after the time that the
 * channel asks for.
 *
 * @param task.what for the log, such as "deliveries could not be received".
 * @param task.run does it once and says how long to wait, in milliseconds. `closing` aborts when it is to end.
 */
export function attend(
  parts: WorkerParts,
  open: OpenChannel,
  onUnauthorized: OnUnauthorized,
  task: { readonly what: string; readonly run: (closing: AbortSignal) => Promise<number> },
): Attendant {
  const ending = new AbortController();
  const closing = AbortSignal.any([parts.stopping, ending.signal]);
  const backoff = createBackoff(500, 30_000);

  async function once(): Promise<number> {
    try {
      const waitMs = await task.run(closing);
      backoff.reset();
      return waitMs;
    } catch (cause) {
      return closing.aborted ? 0 : refused(cause);
    }
  }

  async function refused(cause: unknown): Promise<number> {
    const error = channelErrorOf(cause);
    open.log.warn({ failure: error.failure, code: error.code }, `${task.what}: ${error.message}`);
    if (error.failure === "unauthorized") await onUnauthorized(error.message);
    return error.retryAfterMs ?? backoff.nextMs();
  }

  async function loop(): Promise<void> {
    while (!closing.aborted) {
      const waitMs = await once();
      if (waitMs > 0) await delay(waitMs, undefined, { signal: closing }).catch(() => undefined);
    }
  }

  const looping = loop();
  return {
    async close() {
      ending.abort();
      await looping;
    },
  };
}
