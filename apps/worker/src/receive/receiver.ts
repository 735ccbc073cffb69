import { setTimeout as delay } from "node:timers/promises";
import type { ReceivedDelivery } from "@lastunit/adapter-contract";
import { storeDelivery } from "@lastunit/store";
import { callContext, channelErrorOf } from "../call.ts";
import { createBackoff } from "../channels/backoff.ts";
import type { OpenChannel, WorkerParts } from "../channels/open-channel.ts";

/** Below a call's deadline, so that an empty queue is an answer and not a timeout. */
const WAIT_SECONDS = 10;

export interface Receiver {
  close(): Promise<void>;
}

/**
 * Takes deliveries from the channel's own queue (Amazon: SQS): stored here first, then acknowledged there. What is
 * stored and could not be enqueued is found by the hub's sweep.
 */
export function startReceiver(
  parts: WorkerParts,
  open: OpenChannel,
  onUnauthorized: (reason: string) => Promise<void>,
): Receiver {
  const { log, session } = open;
  const closing = new AbortController();
  const stopping = AbortSignal.any([parts.stopping, closing.signal]);
  const backoff = createBackoff(500, 30_000);

  async function receive(): Promise<void> {
    const call = callContext({ stopping, log });
    const received = (await session.receive?.(WAIT_SECONDS, call)) ?? [];
    const inboxIds = await Promise.all(received.map(keep));
    if (inboxIds.length > 0) await parts.queues.enqueueInbound(inboxIds);
  }

  async function keep(received: ReceivedDelivery): Promise<number> {
    const { inboxId } = await storeDelivery(parts.store, open.channel.channelId, received.delivery);
    await received.acknowledge();
    return inboxId;
  }

  async function loop(): Promise<void> {
    while (!stopping.aborted) {
      try {
        await receive();
        backoff.reset();
      } catch (cause) {
        if (stopping.aborted) return;
        const waitMs = await refused(cause);
        await delay(waitMs, undefined, { signal: stopping }).catch(() => undefined);
      }
    }
  }

  async function refused(cause: unknown): Promise<number> {
    const error = channelErrorOf(cause);
    log.warn({ failure: error.failure, code: error.code }, `deliveries could not be received: ${error.message}`);
    if (error.failure === "unauthorized") await onUnauthorized(error.message);
    return error.retryAfterMs ?? backoff.nextMs();
  }

  const looping = loop();
  return {
    async close() {
      closing.abort();
      await looping;
    },
  };
}
