import type { CallContext } from "@lastunit/adapter-contract";
import { claimUnconfirmed, confirmShown } from "@lastunit/store";
import { callContext } from "../call.ts";
import { attend, type Attendant, type OnUnauthorized } from "../channels/attend.ts";
import type { OpenChannel, WorkerParts } from "../channels/open-channel.ts";
import { LEASE_SECONDS, release, settle } from "./claims.ts";
import { outcomeOfRead, partReads } from "./read-first.ts";

const LOOK_EVERY_MS = 2_000;
const LISTINGS_PER_LOOK = 50;

/**
 * Reads back what a channel accepted, once it had the time to show it, and what is in doubt. A listing that shows something
 * else is behind again: the write was lost on its way, the channel sold units that we have not heard of, or it moved the
 * number by itself.
 */
export function startConfirmer(parts: WorkerParts, open: OpenChannel, onUnauthorized: OnUnauthorized): Attendant {
  const { store, queues } = parts;
  const { channelId } = open.channel;

  async function run(closing: AbortSignal): Promise<number> {
    const pushes = await claimUnconfirmed(store, channelId, LISTINGS_PER_LOOK, LEASE_SECONDS);
    if (pushes.length === 0) return LOOK_EVERY_MS;
    const claims = pushes.map((push) => ({ push }));
    const requestedAt = new Date();
    const call: CallContext = { ...callContext({ stopping: closing, log: open.log }), urgency: "background" };
    const listings = pushes.map(({ listing }) => listing);
    const reads = await open.session.readInventory(listings, call).catch(async (error: unknown) => {
      await release(store, claims);
      throw error;
    });
    const readAt = new Date();
    const { known, unread } = partReads(claims, reads);
    await release(
      store,
      unread.map(({ of }) => of),
    );
    const moved = known.flatMap(({ of: claim, read }) => {
      const outcome = outcomeOfRead(read, claim.push.expected);
      return outcome ? [{ claim, outcome }] : [];
    });
    const isMoved = new Set(moved.map(({ claim }) => claim));
    await confirmShown(
      store,
      known.filter(({ of }) => !isMoved.has(of)).map(({ of }) => of.push),
      readAt,
    );
    if (moved.length === 0) return 0;
    open.log.warn({ listings: moved.length }, "the channel does not show what it was believed to");
    await settle(store, moved, requestedAt);
    await queues.pollNow(channelId);
    return 0;
  }

  return attend(parts, open, onUnauthorized, { what: "what listings show could not be read back", run });
}
