import { asObject, asText, type JsonObject } from "../../kit/index.ts";
import type { Seller } from "../seller.ts";
import type { TradingAnswer } from "./call.ts";
import { tradingError } from "./errors.ts";
import { endTime, itemBody, pagesOf } from "./pages.ts";

const LONGEST_WINDOW_MS = 120 * 24 * 3_600_000;
const MAX_PER_PAGE = 200;

export function getItem(seller: Seller, request: JsonObject): TradingAnswer {
  const found = pagesOf(seller).find(({ page }) => page.listingId === request["ItemID"]);
  return found ? { fields: { Item: itemBody(found, true) } } : { errors: [tradingError("17")] };
}

/** Running listings by a window of their end, at most 120 days long, page by page from 1. */
export function getSellerList(seller: Seller, request: JsonObject): TradingAnswer {
  const window = { from: timeOf(request["EndTimeFrom"]), to: timeOf(request["EndTimeTo"]) };
  if (!(window.to - window.from > 0 && window.to - window.from <= LONGEST_WINDOW_MS)) {
    return { errors: [tradingError("37", "EndTimeFrom, EndTimeTo")] };
  }
  const pagination = asObject(request["Pagination"]);
  const perPage = Number(pagination?.["EntriesPerPage"]);
  const number = Number(pagination?.["PageNumber"]);
  if (!isBetween(perPage, 1, MAX_PER_PAGE) || !isBetween(number, 1, 1_000_000)) {
    return { errors: [tradingError("37", "Pagination")] };
  }
  const now = Date.now();
  const found = pagesOf(seller).filter(({ page }) => {
    const end = endTime(page, now);
    return !page.hasEnded && end >= window.from && end <= window.to;
  });
  const shown = found.slice((number - 1) * perPage, number * perPage);
  const pages = Math.ceil(found.length / perPage);
  return {
    fields: {
      PaginationResult: { TotalNumberOfPages: pages, TotalNumberOfEntries: found.length },
      HasMoreItems: number < pages,
      ItemArray: { Item: shown.map((each) => itemBody(each, request["IncludeVariations"] === "true")) },
      ItemsPerPage: perPage,
      PageNumber: number,
      ReturnedItemCountActual: shown.length,
    },
  };
}

function timeOf(value: unknown): number {
  return Date.parse(asText(value) ?? "");
}

function isBetween(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
