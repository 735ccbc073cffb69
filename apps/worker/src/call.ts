import { randomUUID } from "node:crypto";
import { CALL_DEADLINE_MS, ChannelError, type CallContext } from "@lastunit/adapter-contract";
import type { Logger } from "@lastunit/config";
import { StoreError } from "@lastunit/store";
import pRetry from "p-retry";
import { startStopwatch } from "./stopwatch.ts";

/** What a call is told, and how much of its deadline is left: 0 or less also before its signal could abort. */
export interface TimedCall extends CallContext {
  leftMs(): number;
}

/** The limits of one call: its deadline, which the worker's stop may cut short, and a key of its own. */
export function callContext(options: { readonly stopping: AbortSignal; readonly log: Logger }): TimedCall {
  const idempotencyKey = randomUUID();
  const passedMs = startStopwatch();
  return {
    leftMs: () => CALL_DEADLINE_MS - passedMs(),
    signal: AbortSignal.any([options.stopping, AbortSignal.timeout(CALL_DEADLINE_MS)]),
    idempotencyKey,
    log: options.log.child({ call: idempotencyKey }),
  };
}

/**
 * Every failure of a call as a `ChannelError`. An adapter lets nothing else out on purpose, so anything else is a
 * deadline, missing credentials, or a defect: whether the call took effect is unknown, and the error's own text may
 * hold what must not be logged.
 */
export function channelErrorOf(error: unknown): ChannelError {
  if (error instanceof ChannelError) return error;
  if (error instanceof StoreError && error.code === "credentials_missing") {
    return new ChannelError("unauthorized", "The channel has no credentials; connect it.", { code: error.code });
  }
  const name = error instanceof Error ? error.name : "unknown";
  return name === "TimeoutError" || name === "AbortError"
    ? new ChannelError("unavailable", "The channel did not answer in time.", { code: "timeout" })
    : new ChannelError("unavailable", `The call failed in an unforeseen way (${name}).`, { code: "unexpected" });
}

/** Failures later than this are not blips: a repeat would eat the call's deadline. */
const BLIP_MS = 1_000;
const PAUSE_MS = 75;

/**
 * Makes a call, and once more when it failed at once: a reset connection, a proxy restarting. Both run under the same
 * context, so under the same idempotency key and deadline. Anything longer is the queue's retry, which survives a restart.
 */
export async function twice<T>(call: CallContext, work: (call: CallContext) => Promise<T>): Promise<T> {
  const started = performance.now();
  return pRetry(() => work(call), {
    retries: 1,
    minTimeout: PAUSE_MS,
    randomize: true,
    shouldRetry: ({ error }) =>
      channelErrorOf(error).failure === "unavailable" && performance.now() - started < BLIP_MS && !call.signal.aborted,
    onFailedAttempt: ({ retryDelay }) => {
      if (retryDelay > 0) call.log.debug("the call failed at once and is made again");
    },
  });
}
