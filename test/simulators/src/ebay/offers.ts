import type { ApiAnswer, ApiRequest, ApiRoute } from "../kit/index.ts";
import { sellerRoute } from "./access.ts";
import type { Ebay } from "./ebay.ts";
import { inventoryError, refuse } from "./errors.ts";
import { liveQuantity, type Listing } from "./listing.ts";
import { scopes } from "./scopes.ts";
import { inventoryItem, type Seller } from "./seller.ts";
import { isItemSku } from "./sku.ts";

const read = { scopes: [scopes.inventory, scopes.inventoryReadonly], quota: "inventory" } as const;

/** getOffers and getOffer (eBay Sell Inventory API). In practice getOffers must name the SKU. */
export function offerRoutes(ebay: Ebay): readonly ApiRoute[] {
  return [
    sellerRoute(ebay, {
      method: "GET",
      path: "/sell/inventory/v1/offer",
      operation: "getOffers",
      ...read,
      handle: offersOfSku,
    }),
    sellerRoute(ebay, {
      method: "GET",
      path: "/sell/inventory/v1/offer/:offerId",
      operation: "getOffer",
      ...read,
      handle: getOffer,
    }),
  ];
}

function offersOfSku(request: ApiRequest, seller: Seller): ApiAnswer {
  const sku = request.query.get("sku");
  if (!sku || !isItemSku(sku)) return refuse(400, inventoryError(25707, "sku", sku ?? ""));
  const listing = inventoryItem(seller, sku);
  const marketplaceId = request.query.get("marketplace_id") ?? seller.marketplaceId;
  if (!listing || marketplaceId !== seller.marketplaceId) return refuse(404, inventoryError(25713, "sku", sku));
  const href = `/sell/inventory/v1/offer?sku=${encodeURIComponent(sku)}&limit=100&offset=0`;
  return { status: 200, body: { href, total: 1, size: 1, limit: 100, offers: [offerBody(listing, seller)] } };
}

function getOffer(request: ApiRequest, seller: Seller): ApiAnswer {
  const offerId = request.params["offerId"] ?? "";
  const listing = [...seller.listings.values()].find(
    (each) => each.offerId === offerId && each.page.madeBy === "inventory",
  );
  if (!listing) return refuse(404, inventoryError(25713, "offerId", offerId));
  return { status: 200, body: offerBody(listing, seller) };
}

function offerBody(listing: Listing, seller: Seller) {
  const { listingId, hasEnded } = listing.page;
  return {
    offerId: listing.offerId,
    sku: listing.sku,
    marketplaceId: seller.marketplaceId,
    format: "FIXED_PRICE",
    availableQuantity: listing.offerQuantity,
    pricingSummary: { price: listing.price },
    listingDuration: "GTC",
    merchantLocationKey: seller.location.key,
    status: hasEnded ? "UNPUBLISHED" : "PUBLISHED",
    listing: {
      listingId,
      // With out-of-stock control on, a listing at 0 stays and is hidden.
      listingStatus: hasEnded ? "ENDED" : liveQuantity(listing) > 0 ? "ACTIVE" : "OUT_OF_STOCK",
      soldQuantity: listing.soldQuantity,
      listingOnHold: false,
    },
  };
}
