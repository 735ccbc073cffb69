import type { CallContext } from "@lastunit/adapter-contract";
import { lookAgainSoon, lookAtOnce, saveChannelHealth, takeUnlooked } from "@lastunit/store";
import type { Pool } from "pg";
import { callContext, channelErrorOf } from "../call.ts";
import type { OpenChannel, WorkerParts } from "../channels/open-channel.ts";
import type { Supervisor } from "../channels/supervisor.ts";

/** Each channel is looked after once a day; one that could not be, again after an hour. */
const PACE = { everySeconds: 24 * 3_600, againSeconds: 3_600 };

/**
 * Looks after one channel, if one is due: proves that its access still does all that is needed, that its subscriptions
 * still stand (and mends them), and notes what the merchant has to renew by when.
 *
 * @returns whether one was due.
 */
export async function lookAfterOne(parts: WorkerParts & { readonly supervisor: Supervisor }): Promise<boolean> {
  const due = await takeUnlooked(parts.store, PACE);
  if (!due) return false;
  const { channelId, webhookUrl } = due;
  const open = await parts.supervisor.find(channelId);
  if (!open) return true;
  try {
    await lookAfter(parts, open, webhookUrl);
  } catch (cause) {
    const error = channelErrorOf(cause);
    open.log.warn({ failure: error.failure, code: error.code }, `the channel could not be checked: ${error.message}`);
    await lookAgainSoon(parts.store, channelId, PACE);
    if (error.failure === "unauthorized") await parts.supervisor.disconnect(channelId, error.message);
  }
  return true;
}

/**
 * To be told when a poll found something that no webhook had told of. Platforms drop subscriptions whose deliveries failed
 * for some hours (Shopify docs, webhook retries: 8 times), and until the next look every order would wait for a poll. At
 * most once an hour: a poll may just have been faster, and what is pending no webhook tells (Amazon).
 */
export async function lookForLostSubscriptions(store: Pool, { channel, log }: OpenChannel): Promise<void> {
  if (!(await lookAtOnce(store, channel.channelId, PACE))) return;
  log.warn("a poll found an order that no webhook had told of: the channel's subscriptions are looked at");
}

async function lookAfter(parts: WorkerParts, open: OpenChannel, webhookUrl: string | null): Promise<void> {
  const { session, channel, log } = open;
  const call = () => callContext({ stopping: parts.stopping, log });
  const report = await session.check(call());
  const problems = [...report.problems];
  try {
    if (webhookUrl !== null) problems.push(...(await mendSubscriptions(open, webhookUrl, call())));
  } finally {
    // Also when they could not be asked for: it may name the very scope that is missing for them.
    await saveChannelHealth(parts.store, channel.channelId, { ...report, problems });
  }
  for (const problem of problems) log.warn({ problem }, "the channel has a problem");
}

/**
 * The access was just proved: a subscription that is refused all the same leaves a channel that works by polling, as when
 * it is connected.
 *
 * @returns what was refused, one sentence each.
 */
async function mendSubscriptions({ session, log }: OpenChannel, url: string, call: CallContext): Promise<string[]> {
  if (!session.subscribe) return [];
  try {
    const mended = await session.subscribe(url, call);
    if (mended.length > 0) log.warn({ mended }, "subscriptions had to be mended");
    return [];
  } catch (cause) {
    const error = channelErrorOf(cause);
    if (error.failure !== "unauthorized" && error.failure !== "rejected") throw error;
    return [`Events could not be subscribed to (${error.message}); orders are polled instead.`];
  }
}
