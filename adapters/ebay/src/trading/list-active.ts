import type { CallContext } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "../client.ts";
import { TradingItem } from "./item.ts";
import { asText, container, units } from "./xml.ts";

/** Of the 200 eBay would give: with all its variations a page is long, and it must fit one call's deadline. */
const LISTINGS_PER_PAGE = 100;
/** Listings without an end are renewed monthly, so each running one ends within this; eBay allows 120 days. */
const ENDS_WITHIN_MS = 119 * 24 * 60 * 60_000;

const Answer = z.object({
  Ack: z.enum(["Success", "Warning"]),
  PaginationResult: z.object({ TotalNumberOfPages: units }),
  ItemArray: container(z.object({ Item: z.array(TradingItem).default([]) })),
});

/** A page, from 1 on, of the listings that buyers can see now, and how many pages there are. */
export async function listActive(
  client: EbayClient,
  page: number,
  call: CallContext,
): Promise<{ readonly items: readonly TradingItem[]; readonly pages: number }> {
  const now = Date.now();
  const fields = {
    GranularityLevel: "Fine",
    IncludeVariations: true,
    EndTimeFrom: new Date(now).toISOString(),
    EndTimeTo: new Date(now + ENDS_WITHIN_MS).toISOString(),
    Pagination: { EntriesPerPage: LISTINGS_PER_PAGE, PageNumber: page },
  };
  const { ItemArray, PaginationResult } = await client.asSeller("trading", Answer, call, (api) =>
    api.trading.GetSellerList(fields, asText),
  );
  return { items: ItemArray?.Item ?? [], pages: PaginationResult.TotalNumberOfPages };
}
