import type { OrderPage, OrderSnapshot } from "@lastunit/adapter-contract";
import type { JobResult, PollJob } from "@lastunit/queues";
import { findChannel, saveOrdersCursor, storeDelivery, type Channel } from "@lastunit/store";
import { callContext, channelErrorOf, twice } from "../call.ts";
import type { OpenChannel } from "../channels/open-channel.ts";
import { heed } from "../inbound/heed.ts";
import { polledOrderDelivery } from "../inbound/polled-order.ts";
import type { InboundParts } from "../inbound/process-delivery.ts";
import { recordFacts } from "../inbound/record-facts.ts";
import { lookForLostSubscriptions } from "../upkeep/upkeep.ts";

/** Pages one job reads; the next job goes on from there. */
const MAX_PAGES = 200;
/** When another poll of the channel runs, or the channel throttles us without naming a time. */
const LATER_MS = 1_000;
const THROTTLED_MS = 30_000;

/**
 * Polls channels' orders: the second source beside webhooks, so that a lost one costs minutes, not a sale. Two polls
 * of one channel would only spend its limits, so this process runs one at a time.
 */
export function createOrderPoller(parts: InboundParts): (job: PollJob) => Promise<JobResult> {
  const polling = new Set<string>();
  return async ({ channelId }) => {
    const open = await parts.supervisor.find(channelId);
    if (!open || open.channel.status === "needs_reconnect") return { status: "done" };
    if (polling.has(channelId)) return { status: "later", delayMs: LATER_MS };
    polling.add(channelId);
    try {
      return await pollOrders(parts, open);
    } finally {
      polling.delete(channelId);
    }
  };
}

async function pollOrders(parts: InboundParts, open: OpenChannel): Promise<JobResult> {
  const { channelId } = open.channel;
  const channel = await findChannel(parts.store, channelId);
  if (!channel) return { status: "done" };
  // Where no poll has ended yet, from the connection on, not from now: what sold in between would never be heard of.
  let next: string | Date = channel.ordersCursor ?? channel.createdAt;
  // Before the first page is asked for: what changes while we read may be on a page already read.
  const startedAt = new Date();
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const call = callContext({ stopping: parts.stopping, log: open.log });
    const from = next;
    let read;
    try {
      read = await twice(call, () => open.session.pollOrders(from, call));
    } catch (error) {
      return refused(parts, open, error);
    }
    const { problems, isNews } = await recordFacts(parts, channel, { orders: read.orders, movements: [] });
    if (isNews) await lookForLostSubscriptions(parts.store, open);
    if (problems.length > 0) await keepUnrecorded(parts, channel, read.orders);
    await heed(parts, open, read.signals ?? []);
    await saveOrdersCursor(parts.store, channelId, read.cursor, read.more ? null : completeUntil(read, startedAt));
    if (!read.more) return { status: "done" };
    next = read.cursor;
  }
  return { status: "later", delayMs: LATER_MS };
}

/** Units found missing on a channel count as sold there until its orders are complete beyond the finding. */
function completeUntil(page: OrderPage, startedAt: Date): Date {
  const told = page.completeUntil === undefined ? startedAt : new Date(page.completeUntil);
  return told < startedAt ? told : startedAt;
}

/**
 * The cursor moves on over orders that could not be recorded whole, so they are kept beside the channel's deliveries:
 * shown there with what must be mapped, and brought in again once it is. Which of a page's orders they are is found by
 * recording each again, which changes nothing.
 */
async function keepUnrecorded(parts: InboundParts, channel: Channel, orders: readonly OrderSnapshot[]): Promise<void> {
  const kept: number[] = [];
  for (const order of orders) {
    const { problems } = await recordFacts(parts, channel, { orders: [order], movements: [] });
    if (problems.length === 0) continue;
    const { inboxId, duplicate } = await storeDelivery(parts.store, channel.channelId, polledOrderDelivery(order));
    if (!duplicate) kept.push(inboxId);
  }
  if (kept.length === 0) return;
  parts.log.warn({ channel: channel.channelKey, orders: kept.length }, "polled orders could not be recorded whole");
  await parts.queues.enqueueInbound(kept);
}

async function refused(parts: InboundParts, open: OpenChannel, cause: unknown): Promise<JobResult> {
  const error = channelErrorOf(cause);
  open.log.warn({ failure: error.failure, code: error.code }, `orders could not be polled: ${error.message}`);
  switch (error.failure) {
    case "rate_limited":
      return { status: "later", delayMs: error.retryAfterMs ?? THROTTLED_MS };
    case "unauthorized":
      await parts.supervisor.disconnect(open.channel.channelId, error.message);
      return { status: "done" };
    case "rejected":
      return { status: "dead", reason: `${error.code}: ${error.message}` };
    case "unavailable":
      return { status: "retry", reason: `${error.code}: ${error.message}` };
  }
}
