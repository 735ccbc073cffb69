import type { ReceivedDelivery } from "@lastunit/adapter-contract";
import { storeDelivery } from "@lastunit/store";
import { callContext } from "../call.ts";
import { attend, type Attendant, type OnUnauthorized } from "../channels/attend.ts";
import type { OpenChannel, WorkerParts } from "../channels/open-channel.ts";

/** Below a call's deadline, so that an empty queue is an answer and not a timeout. */
const WAIT_SECONDS = 10;

/**
 * Takes deliveries from the channel's own queue (Amazon: SQS): stored here first, then acknowledged there. What is
 * stored and could not be enqueued is found by the hub's sweep.
 */
export function startReceiver(parts: WorkerParts, open: OpenChannel, onUnauthorized: OnUnauthorized): Attendant {
  async function run(closing: AbortSignal): Promise<number> {
    const received = await open.session.receive?.(WAIT_SECONDS, callContext({ stopping: closing, log: open.log }));
    const inboxIds = await Promise.all((received ?? []).map(keep));
    if (inboxIds.length > 0) await parts.queues.enqueueInbound(inboxIds);
    return 0;
  }

  async function keep(received: ReceivedDelivery): Promise<number> {
    const { inboxId } = await storeDelivery(parts.store, open.channel.channelId, received.delivery);
    await received.acknowledge();
    return inboxId;
  }

  return attend(parts, open, onUnauthorized, { what: "deliveries could not be received", run });
}
