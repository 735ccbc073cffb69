import { ChannelError, type ChannelSession } from "@lastunit/adapter-contract";
import {
  beginImport,
  findChannel,
  findImport,
  postponeImport,
  saveImportPage,
  takeDueImport,
  upsertListings,
  type Channel,
  type ListingImport,
} from "@lastunit/store";
import type { GatewayParts } from "../options.ts";
import { credentialsOf } from "./credentials.ts";
import { adapterOf } from "./kind.ts";
import { callContext, withSession } from "./open-session.ts";
import { retryAfterSeconds } from "./platform-problems.ts";

/** Longer than a page takes; a gateway that dies leaves its imports to another this much later. */
const LEASE_SECONDS = 120;

/** Imports of channels' listings: page by page, each stored before the next is asked for, so that any gateway can go on. */
export interface Imports {
  /** Imports all listings of a channel from the start. @returns how far it got: to the end, or to where the platform stopped answering. */
  run(channel: Channel): Promise<ListingImport>;
  /** Goes on with imports that nobody else does. */
  resume(): Promise<void>;
  /** Lets the page under way end. */
  stop(): void;
}

export function createImports(parts: GatewayParts): Imports {
  const { store } = parts;
  const stopping = new AbortController();

  async function goOn(channel: Channel, from: string | null): Promise<void> {
    const adapter = adapterOf(parts, channel);
    if (!adapter) throw new Error(`channel ${channel.channelKey} is of a kind this version does not know`);
    const connection = { channelId: channel.channelId, key: channel.channelKey, settings: channel.settings };
    await withSession(parts, adapter, connection, credentialsOf(parts, adapter, channel), async (session) => {
      for (let next: string | null = from, isFirst = true; isFirst || next !== null; isFirst = false) {
        if (stopping.signal.aborted) return;
        next = await importPage(parts, session, channel, next);
      }
    });
  }

  /** What stops it is noted, and it goes on later: what was imported stays, and is kept true meanwhile. */
  async function tryToGoOn(channel: Channel, from: string | null): Promise<void> {
    try {
      await goOn(channel, from);
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      parts.log.warn({ channel: channel.channelKey, code: error.code }, `an import waits: ${error.message}`);
      await postponeImport(store, channel.channelId, error.message, retryAfterSeconds(error));
    }
  }

  return {
    async run(channel) {
      await beginImport(store, channel.channelId, LEASE_SECONDS);
      await tryToGoOn(channel, null);
      const found = await findImport(store, channel.channelId);
      if (!found) throw new Error(`channel ${channel.channelId} went away while it was imported`);
      return found;
    },
    async resume() {
      while (!stopping.signal.aborted) {
        const due = await takeDueImport(store, LEASE_SECONDS);
        if (!due) return;
        const channel = await findChannel(store, due.channelId);
        if (channel) await tryToGoOn(channel, due.cursor);
      }
    },
    stop() {
      stopping.abort();
    },
  };
}

/** @returns where the next page begins; null after the last. */
async function importPage(
  parts: GatewayParts,
  session: ChannelSession,
  channel: Channel,
  cursor: string | null,
): Promise<string | null> {
  const { listings, total, next } = await session.importListings(cursor, callContext(parts));
  // One that nothing names, neither SKU nor barcode, can't be told apart from the others.
  const named = listings.filter(({ sku, barcode }) => sku !== "" || barcode !== null);
  const { changed } = await upsertListings(parts.store, channel, named);
  await parts.queues.enqueuePushes(changed).catch((error: unknown) => {
    // The hub's sweep finds what is behind.
    parts.log.warn({ err: error, channel: channel.channelKey }, "imported listings wait for the sweep");
  });
  const imported = named.filter((listing) => listing.unsupported === null).length;
  const unsupported = listings.length - imported;
  const page = { next, total, imported, unsupported, leaseSeconds: LEASE_SECONDS };
  await saveImportPage(parts.store, channel.channelId, page);
  return next;
}
