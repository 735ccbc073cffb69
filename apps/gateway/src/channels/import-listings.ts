import { ChannelError, type ChannelSession, type ImportPage } from "@lastunit/adapter-contract";
import { Problem } from "@lastunit/config/http";
import { setChannelStatus, upsertListings, type Channel } from "@lastunit/store";
import type { GatewayParts } from "../options.ts";
import { callContext } from "./open-session.ts";
import { retryAfterSeconds } from "./platform-problems.ts";
import type { Connected } from "./schemas.ts";

/**
 * Imports all listings of a channel that is being connected. A catalog imported in part would leave listings that nobody
 * keeps true, so the channel waits until all of it is here.
 *
 * @returns how many, by whether they can be synced.
 * @throws {Problem} 503 when the platform stopped answering; the channel says so, and what to do.
 */
export async function importListings(
  parts: GatewayParts,
  session: ChannelSession,
  channel: Channel,
): Promise<Connected["listings"]> {
  const counted = { imported: 0, unsupported: 0 };
  let cursor: string | null = null;
  do {
    const page: ImportPage = await session
      .importListings(cursor, callContext(parts))
      .catch((error: unknown) => stopImport(parts, channel, counted.imported, error));
    const named = page.listings.filter((listing) => listing.sku !== "");
    const { changed } = await upsertListings(parts.store, channel, named);
    await parts.queues.enqueuePushes(changed).catch((error: unknown) => {
      // The hub's sweep finds what is behind.
      parts.log.warn({ err: error, channel: channel.channelKey }, "imported listings wait for the sweep");
    });
    const usable = named.filter((listing) => listing.unsupported === null).length;
    counted.imported += usable;
    counted.unsupported += page.listings.length - usable;
    cursor = page.next;
  } while (cursor !== null);
  return counted;
}

async function stopImport(parts: GatewayParts, channel: Channel, imported: number, error: unknown): Promise<never> {
  if (!(error instanceof ChannelError)) throw error;
  const detail = `The import of listings stopped after ${imported} (${error.message}). Connect it again to go on.`;
  await setChannelStatus(parts.store, channel.channelId, "needs_reconnect", detail);
  throw new Problem(503, "import_stopped", detail, { retryAfterSeconds: retryAfterSeconds(error) });
}
