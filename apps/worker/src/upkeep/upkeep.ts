import type { ChannelSession } from "@lastunit/adapter-contract";
import { saveChannelHealth, takeUnlooked } from "@lastunit/store";
import { callContext, channelErrorOf } from "../call.ts";
import type { OpenChannel, WorkerParts } from "../channels/open-channel.ts";
import type { Supervisor } from "../channels/supervisor.ts";

/** Each channel is looked after once a day; one that could not be, again after an hour. */
const EVERY_SECONDS = 24 * 3_600;
const AGAIN_SECONDS = 3_600;

/**
 * Looks after one channel, if one is due: proves that its access still does all that is needed, that its subscriptions
 * still stand (and mends them), and notes what the merchant has to renew by when.
 *
 * @returns whether one was due.
 */
export async function lookAfterOne(parts: WorkerParts & { readonly supervisor: Supervisor }): Promise<boolean> {
  const channelId = await takeUnlooked(parts.store, { everySeconds: EVERY_SECONDS, againSeconds: AGAIN_SECONDS });
  if (channelId === undefined) return false;
  const open = await parts.supervisor.find(channelId);
  if (!open) return true;
  try {
    await lookAfter(parts, open);
  } catch (cause) {
    const error = channelErrorOf(cause);
    open.log.warn({ failure: error.failure, code: error.code }, `the channel could not be checked: ${error.message}`);
    if (error.failure === "unauthorized") await parts.supervisor.disconnect(channelId, error.message);
  }
  return true;
}

async function lookAfter(parts: WorkerParts, open: OpenChannel): Promise<void> {
  const { session, channel, log } = open;
  const call = () => callContext({ stopping: parts.stopping, log });
  const report = await session.check(call());
  const mended = await subscribe(session, channel.webhookUrl, call());
  if (mended.length > 0) log.warn({ mended }, "subscriptions had to be mended");
  for (const problem of report.problems) log.warn({ problem }, "the channel has a problem");
  await saveChannelHealth(parts.store, channel.channelId, report);
}

async function subscribe(
  session: ChannelSession,
  url: string | null,
  call: Parameters<ChannelSession["check"]>[0],
): Promise<readonly string[]> {
  return url === null ? [] : ((await session.subscribe?.(url, call)) ?? []);
}
