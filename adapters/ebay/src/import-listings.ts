import { ChannelError, type CallContext, type ImportPage } from "@lastunit/adapter-contract";
import { inBackground, type EbayClient } from "./client.ts";
import { importItems } from "./import-items.ts";
import { importListed } from "./trading/import-listed.ts";

const FIRST_LISTED_PAGE = 1;

/** `items:0`, `items:1`, …, then `listed:1`, `listed:2`, …: which list, and which page of it. */
interface Cursor {
  readonly list: "items" | "listed";
  readonly page: number;
}

/**
 * First the seller's inventory items, then the listings that were made in any other way.
 * @param seen the numbers of the Inventory API's listings this session has come across. It only saves calls: another
 *   process, which has none of them, asks eBay.
 */
export async function importListings(
  client: EbayClient,
  cursor: string | null,
  seen: Set<string>,
  context: CallContext,
): Promise<ImportPage> {
  const call = inBackground(context);
  const { list, page } = cursorOf(cursor ?? "items:0");
  if (list === "listed") {
    const { listings, isLast } = await importListed(client, page, seen, call);
    if (isLast) seen.clear();
    return { listings, total: null, next: isLast ? null : `listed:${page + 1}` };
  }
  const { listings, isLast } = await importItems(client, page, seen, call);
  return { listings, total: null, next: isLast ? `listed:${FIRST_LISTED_PAGE}` : `items:${page + 1}` };
}

function cursorOf(text: string): Cursor {
  const [, list, page] = /^(items|listed):(\d{1,9})$/.exec(text) ?? [];
  if (list === "items" || list === "listed") return { list, page: Number(page) };
  throw new ChannelError("rejected", "the import cursor is not one of ours", { code: "bad_cursor" });
}
