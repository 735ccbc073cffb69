import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "@lastunit/config";
import { beat, HEARTBEAT_EVERY_MS, listChannels, setChannelStatus, type Channel } from "@lastunit/store";
import { startConfirmer } from "../push/confirmer.ts";
import { startFeeder } from "../push/feeder.ts";
import { startPusher } from "../push/pusher.ts";
import { startReceiver } from "../receive/receiver.ts";
import { openChannel, type OpenChannel, type WorkerParts } from "./open-channel.ts";

/** How often the channel table is looked at. */
const LOOK_EVERY_MS = 1_000;

/** Keeps a client for every channel, and a pusher and a receiver for those that may be used, as channels come, change and go. */
export interface Supervisor {
  /**
   * The channel's client; undefined when there is no such channel (any more), or its settings don't fit.
   * @throws when the worker stops: nothing is known of the channel then.
   */
  find(channelId: string): Promise<OpenChannel | undefined>;
  /** Marks the channel `needs_reconnect`, stops using it, and tells of it once. */
  disconnect(channelId: string, reason: string): Promise<void>;
  /**
   * Stops using the channels at once, and closes their clients when they are no longer needed.
   * @param users ends when nobody makes calls any more through a client that `find` gave.
   */
  close(users: Promise<unknown>): Promise<void>;
}

interface Running {
  /** What the client was made from; another one is made when it changes. */
  readonly madeFrom: string;
  readonly open: OpenChannel;
  readonly parts: readonly { close(): Promise<void> }[];
  /** Set once it is being closed; a channel's next client is made when its last one is gone. */
  closed?: Promise<void>;
}

export async function startSupervisor(parts: WorkerParts): Promise<Supervisor> {
  let beatenAt = -Infinity;
  const running = new Map<string, Running>();
  const refused = new Map<string, string>();
  const closing = new AbortController();
  let looking: Promise<void> = Promise.resolve();

  /** Looks run one after the other, so that a channel is never started twice. */
  function look(): Promise<void> {
    looking = looking.catch(() => undefined).then(reconcile);
    return looking;
  }

  async function reconcile(): Promise<void> {
    const channels = new Map((await listChannels(parts.store)).map((channel) => [channel.channelId, channel]));
    if (closing.signal.aborted) return;
    for (const [channelId, one] of running) {
      const channel = channels.get(channelId);
      // Not awaited: a call that hangs on one channel must not keep the others from being looked at.
      if (!channel || one.madeFrom !== fingerprint(channel)) void stop(channelId, one);
    }
    for (const channel of channels.values()) if (!running.has(channel.channelId)) start(channel);
    if (performance.now() - beatenAt < HEARTBEAT_EVERY_MS) return;
    beatenAt = performance.now();
    await beat(parts.store, "worker");
  }

  function start(channel: Channel): void {
    const { channelId } = channel;
    const madeFrom = fingerprint(channel);
    if (refused.get(channelId) === madeFrom) return;
    try {
      const open = openChannel(parts, channel);
      refused.delete(channelId);
      const onUnauthorized = (reason: string) => disconnect(channelId, reason);
      const isUsed = channel.status !== "needs_reconnect";
      const { pushesInventory, feeds } = open.adapter.capabilities;
      const isPushed = channel.status === "active" && pushesInventory;
      running.set(channelId, {
        madeFrom,
        open,
        parts: [
          ...(isPushed ? [startPusher(parts, open, onUnauthorized)] : []),
          ...(isPushed && feeds ? [startFeeder(parts, open, feeds, onUnauthorized)] : []),
          ...(isPushed ? [startConfirmer(parts, open, onUnauthorized)] : []),
          ...(isUsed && open.session.receive ? [startReceiver(parts, open, onUnauthorized)] : []),
        ],
      });
    } catch (error) {
      refused.set(channelId, madeFrom);
      const message = messageOf(error);
      parts.log.error({ channel: channel.channelKey, error: message }, "a channel could not be opened");
    }
  }

  function stop(channelId: string, one: Running, users?: Promise<unknown>): Promise<void> {
    one.closed ??= close(one, users)
      .catch((error: Error) => one.open.log.warn({ error: error.message }, "a channel was not closed cleanly"))
      .finally(() => running.delete(channelId));
    return one.closed;
  }

  async function disconnect(channelId: string, reason: string): Promise<void> {
    const isNews = await setChannelStatus(parts.store, channelId, "needs_reconnect", reason);
    if (isNews) parts.log.warn({ channel_id: channelId, reason }, "a channel must be connected again");
    // Not awaited: the look stops the very call that got here.
    look().catch(warn);
  }

  function warn(error: unknown): void {
    const message = messageOf(error);
    parts.log.warn({ error: message }, "the channels could not be looked at");
  }

  async function keepLooking(): Promise<void> {
    while (!closing.signal.aborted) {
      await look().catch(warn);
      await delay(LOOK_EVERY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  await look().catch(warn);
  const loop = keepLooking();

  return {
    async find(channelId) {
      closing.signal.throwIfAborted();
      await running.get(channelId)?.closed;
      // One that was refused is looked at each second as it is.
      if (!running.has(channelId) && !refused.has(channelId)) await look();
      closing.signal.throwIfAborted();
      return running.get(channelId)?.open;
    },
    disconnect,
    async close(users) {
      closing.abort(new Error("the worker is stopping"));
      await loop;
      await looking.catch(() => undefined);
      await Promise.all([...running].map(([channelId, one]) => stop(channelId, one, users)));
    },
  };
}

async function close({ parts, open }: Running, users?: Promise<unknown>): Promise<void> {
  await Promise.all(parts.map((part) => part.close()));
  await users;
  await open.close();
}

/** All of a channel that its client and its use depend on. */
function fingerprint(channel: Channel): string {
  const { kind, channelKey, settings, status } = channel;
  return JSON.stringify([kind, channelKey, settings, status]);
}
