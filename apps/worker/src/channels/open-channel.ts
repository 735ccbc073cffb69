import { adapterOf } from "@lastunit/adapters";
import { outOfCalls, type ChannelAdapter, type ChannelSession, type Outbound } from "@lastunit/adapter-contract";
import type { Logger, Vault } from "@lastunit/config";
import type { Queues } from "@lastunit/queues";
import { createCredentialBox, remembering, type Channel } from "@lastunit/store";
import type { Pool } from "pg";
import { createPacedTurns, type PacedTurns } from "../push/turns.ts";
import { kindOf } from "./kind.ts";
import { shut } from "./shut.ts";

/** What every part of the worker is given. */
export interface WorkerParts {
  readonly store: Pool;
  readonly vault: Vault;
  readonly queues: Queues;
  readonly outbound: Outbound;
  readonly log: Logger;
  /** Aborts when the process stops and calls have had their time to end. */
  readonly stopping: AbortSignal;
}

/** A channel with its client. */
export interface OpenChannel {
  readonly channel: Channel;
  readonly adapter: ChannelAdapter;
  readonly session: ChannelSession;
  readonly turns: PacedTurns;
  readonly log: Logger;
  close(): Promise<void>;
}

/**
 * Makes the client of a channel; no I/O. That of a channel which must be connected again makes no call.
 * @throws ChannelError when the stored settings do not fit the adapter.
 */
export function openChannel(parts: WorkerParts, channel: Channel): OpenChannel {
  const adapter = adapterOf(kindOf(channel));
  const log = parts.log.child({ channel: channel.channelKey, channel_id: channel.channelId });
  const pacer = parts.queues.pacer(channel.channelId, adapter.limits, outOfCalls);
  const turns = createPacedTurns(pacer);
  const session = adapter.open({
    channelId: channel.channelId,
    key: channel.channelKey,
    settings: channel.settings,
    outbound: parts.outbound,
    log,
    ...(channel.status === "needs_reconnect"
      ? shut
      : {
          credentials: remembering(createCredentialBox(parts.store, parts.vault, channel, anyRecord)),
          pacer: turns.pacer,
        }),
  });
  return {
    channel,
    adapter,
    session,
    turns,
    log,
    async close() {
      await session.close();
      await pacer.close();
    },
  };
}

/** The adapter reads what is stored with its own schema. */
function anyRecord(stored: unknown): object {
  if (typeof stored === "object" && stored !== null) return stored;
  throw new TypeError("stored credentials are not a record");
}
