import { ChannelError, type ChannelSession } from "@lastunit/adapter-contract";
import {
  beginImport,
  findChannel,
  findImport,
  postponeImport,
  storeImportPage,
  takeDueImport,
  type Channel,
  type ListingImport,
} from "@lastunit/store";
import type { Logger } from "@lastunit/config";
import { isDatabaseAway } from "@lastunit/config/postgres";
import type { GatewayParts } from "../options.ts";
import { credentialsOf } from "./credentials.ts";
import { enqueueChanged } from "./enqueue-changed.ts";
import { adapterOf } from "./kind.ts";
import { callContext, withSession } from "./open-session.ts";
import { retryAfterSeconds } from "./platform-problems.ts";

/** Longer than a page takes; a gateway that dies leaves its imports to another this much later. */
const LEASE_SECONDS = 120;

/** Imports of channels' listings: page by page, each stored before the next is asked for, so that any gateway can go on. */
export interface Imports {
  /**
   * Imports all listings of a channel from the start; an import of it that is under way ends.
   *
   * @returns how far it got: to the end, or to where the platform stopped answering, or another import began.
   */
  run(channel: Channel): Promise<ListingImport>;
  /** Goes on with imports that nobody else does. */
  resume(): Promise<void>;
  /** Lets the page under way end. */
  stop(): void;
}

export function createImports(parts: GatewayParts): Imports {
  const { store } = parts;
  const stopping = new AbortController();

  async function goOn(channel: Channel, lease: string, from: string | null): Promise<void> {
    const adapter = adapterOf(parts, channel);
    if (!adapter) throw new Error(`channel ${channel.channelKey} is of a kind this version does not know`);
    const connection = { channelId: channel.channelId, key: channel.channelKey, settings: channel.settings };
    await withSession(parts, adapter, connection, credentialsOf(parts, adapter, channel), async (session) => {
      for (let next: string | null = from, isFirst = true; isFirst || next !== null; isFirst = false) {
        if (stopping.signal.aborted) return;
        const page = await importPage(parts, session, channel, { lease, cursor: next });
        if (!page) return;
        next = page.next;
      }
    });
  }

  /** What stops it is noted, and it goes on later: what was imported stays, and is kept true meanwhile. */
  async function tryToGoOn(channel: Channel, lease: string, from: string | null): Promise<void> {
    try {
      await goOn(channel, lease, from);
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      await postponeImport(
        store,
        channel.channelId,
        lease,
        waitAfter(error, parts.log.child({ channel: channel.channelKey })),
      );
    }
  }

  return {
    async run(channel) {
      await tryToGoOn(channel, await beginImport(store, channel.channelId, LEASE_SECONDS), null);
      const found = await findImport(store, channel.channelId);
      if (!found) throw new Error(`channel ${channel.channelId} went away while it was imported`);
      return found;
    },
    async resume() {
      while (!stopping.signal.aborted) {
        const due = await takeDueImport(store, LEASE_SECONDS);
        if (!due) return;
        const channel = await findChannel(store, due.channelId);
        if (channel) await tryToGoOn(channel, due.lease, due.cursor);
      }
    },
    stop() {
      stopping.abort();
    },
  };
}

/** What the merchant is told of an import that stopped, and when it goes on. What is not the platform's is ours to mend. */
function waitAfter(error: unknown, log: Logger): { readonly error: string; readonly seconds: number } {
  if (error instanceof ChannelError) {
    log.warn({ code: error.code }, `an import waits: ${error.message}`);
    return { error: error.message, seconds: retryAfterSeconds(error) };
  }
  log.error({ err: error }, "an import failed, will be tried again");
  return { error: "Something went wrong here; the log tells what.", seconds: LEASE_SECONDS };
}

/** @returns undefined when another import of the channel has begun, or goes on in this one's place: nothing was stored. */
async function importPage(
  parts: GatewayParts,
  session: ChannelSession,
  channel: Channel,
  { lease, cursor }: { readonly lease: string; readonly cursor: string | null },
): Promise<{ readonly next: string | null } | undefined> {
  const { listings, total, next } = await session.importListings(cursor, callContext(parts));
  // One that nothing names, neither SKU nor barcode, can't be told apart from the others.
  const named = listings.filter(({ sku, barcode }) => sku !== "" || barcode !== null);
  const page = { listings: named, passedOver: listings.length - named.length, total, next };
  const changed = await storeImportPage(parts.store, channel, page, { lease, leaseSeconds: LEASE_SECONDS });
  if (!changed) return undefined;
  await enqueueChanged(parts, channel, changed);
  return { next };
}
