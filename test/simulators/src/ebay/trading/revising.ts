import { asObject, asText, type JsonObject } from "../../kit/index.ts";
import { countRevision, type Listing } from "../listing.ts";
import { showQuantity, type Seller } from "../seller.ts";
import type { TradingAnswer } from "./call.ts";
import { tradingError, type TradingError } from "./errors.ts";
import { money, pagesOf, unitsOf } from "./pages.ts";
import { repeated } from "./xml.ts";

const MAX_PER_CALL = 4;

interface Revision {
  readonly listing: Listing;
  /** Units to be had now. */
  readonly quantity: number | undefined;
  readonly price: Listing["price"] | undefined;
}

/**
 * ReviseInventoryStatus (Trading API): up to four listings that were not made by the Inventory API, each taken or
 * refused on its own. A variation is named by its listing and its SKU. The answer lists those that were revised.
 */
export function reviseInventoryStatus(seller: Seller, request: JsonObject): TradingAnswer {
  const wanted = repeated(request["InventoryStatus"]).map((each) => asObject(each) ?? {});
  if (wanted.length === 0 || wanted.length > MAX_PER_CALL) {
    return { errors: [tradingError("37", `InventoryStatus: 1 to ${MAX_PER_CALL}`)] };
  }
  const results = wanted.map((each) => revise(seller, each));
  const errors = results.flatMap((result) => ("ErrorCode" in result ? [result] : []));
  const InventoryStatus = results.flatMap((result) => ("listing" in result ? [statusOf(result.listing)] : []));
  return { errors, ...(InventoryStatus.length > 0 && { fields: { InventoryStatus } }) };
}

function revise(seller: Seller, wanted: JsonObject): Revision | TradingError {
  const revision = readRevision(seller, wanted);
  if ("ErrorCode" in revision) return revision;
  const { listing, quantity, price } = revision;
  if (!countRevision(listing)) return tradingError("21919165");
  if (price) listing.price = price;
  if (quantity !== undefined) {
    listing.itemQuantity = quantity;
    listing.offerQuantity = quantity;
    showQuantity(seller, listing);
  }
  return revision;
}

function readRevision(seller: Seller, wanted: JsonObject): Revision | TradingError {
  const listing = listingOf(seller, wanted);
  if ("ErrorCode" in listing) return listing;
  const { page } = listing;
  if (page.madeBy === "inventory") return tradingError("21919474");
  if (page.hasEnded) return tradingError("291");
  const price = priceOf(wanted["StartPrice"], listing);
  const quantity = wanted["Quantity"] === undefined ? undefined : Number(wanted["Quantity"]);
  if (price === undefined && quantity === undefined) return tradingError("37", "Quantity or StartPrice");
  if (quantity !== undefined && !(Number.isSafeInteger(quantity) && quantity >= 0))
    return tradingError("37", "Quantity");
  if (price === "wrong") return tradingError("37", "StartPrice");
  if (quantity === 0 && !seller.outOfStockControl && !page.hasVariations) return tradingError("515");
  return { listing, quantity, price };
}

function listingOf(seller: Seller, wanted: JsonObject): Listing | TradingError {
  const found = pagesOf(seller).find(({ page }) => page.listingId === asText(wanted["ItemID"]));
  if (!found) return tradingError("17");
  const sku = wanted["SKU"];
  if (sku === undefined) return found.page.hasVariations ? tradingError("37", "SKU of the variation") : found.parts[0];
  return found.parts.find((part) => part.sku === sku) ?? tradingError("21916799");
}

function priceOf(given: unknown, { price }: Listing): Listing["price"] | "wrong" | undefined {
  if (given === undefined) return undefined;
  const value = asText(asObject(given)?.["#text"]) ?? asText(given) ?? "";
  const currency = asText(asObject(given)?.["@currencyID"]) ?? price.currency;
  return /^\d+(\.\d{1,2})?$/u.test(value) && currency === price.currency ? { value, currency } : "wrong";
}

function statusOf(listing: Listing) {
  return {
    ItemID: listing.page.listingId,
    ...(listing.page.hasVariations && { SKU: listing.sku }),
    StartPrice: money(listing),
    Quantity: unitsOf(listing),
  };
}
