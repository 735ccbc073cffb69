import { setTimeout as sleep } from "node:timers/promises";
import { asObject, asText, parseJson, type ApiAnswer, type ApiRequest, type Kit } from "../kit/index.ts";
import type { Seller } from "./account.ts";
import { checkPatch, malformedPatch, type ListingChange } from "./listing-patch.ts";
import { quantityChanged } from "./notifications.ts";
import { badRequest, failure, listParameter, marketplaceProblem, type Operation } from "./operation.ts";

/** `patchListingsItem`, Listings Items 2021-08-01. ACCEPTED is not yet applied, and INVALID comes with status 200. */
export function patchListingsItem(kit: Kit<Seller>): Operation {
  return {
    name: "patchListingsItem",
    method: "PATCH",
    path: "/listings/2021-08-01/items/:sellerId/:sku",
    limit: { perSecond: 5, burst: 5 },
    role: "Product Listing",
    handle: (seller, request) => patch(seller, request, kit),
  };
}

function patch(seller: Seller, request: ApiRequest, kit: Kit<Seller>): ApiAnswer {
  const sku = request.params["sku"] ?? "";
  const body = asObject(parseJson(request.body)) ?? {};
  if (request.params["sellerId"] !== seller.sellerId) {
    return failure(403, "Unauthorized", "Access to requested resource is denied.");
  }
  const problem = marketplaceProblem(request);
  const malformed = malformedPatch(body);
  if (problem) return problem;
  if (malformed !== undefined) return badRequest(malformed);

  const checked = checkPatch(seller, sku, body);
  const isPreview = request.query.get("mode") === "VALIDATION_PREVIEW";
  const answer = { sku, submissionId: kit.random.hex(32) };
  if ("issues" in checked) return { status: 200, body: { ...answer, status: "INVALID", issues: checked.issues } };
  const issues = checked.warnings;
  if (isPreview) return { status: 200, body: { ...answer, status: "VALID", issues } };
  applyLater(seller, checked.change, kit);
  const identifiers = listParameter(request, "includedData").includes("identifiers");
  const asins = [{ marketplaceId: asText(request.query.get("marketplaceIds")), asin: checked.change.listing.asin }];
  return {
    status: 200,
    body: { ...answer, status: "ACCEPTED", issues, ...(identifiers && { identifiers: asins }) },
  };
}

function applyLater(seller: Seller, change: ListingChange, kit: Kit<Seller>): void {
  void sleep(kit.processingMs, undefined, { ref: false }).then(() => applyChange(seller, change, kit));
}

/** Absolute, and blind to what was sold in between: the last one applied wins. */
export function applyChange(seller: Seller, change: ListingChange, kit: Kit<Seller>): void {
  const { listing, quantity, resetsFulfillment, ...offer } = change;
  Object.assign(listing, offer, resetsFulfillment && { leadTimeDays: null, restockDate: null });
  listing.updatedAt = new Date().toISOString();
  if (quantity === undefined) return;
  // A merchant quantity on an FBA listing adds a second entry: the listing is then offered from the merchant's stock.
  if (!listing.channels.includes("DEFAULT")) listing.channels = [...listing.channels, "DEFAULT"];
  const before = seller.stock.find(listing.sku)?.available;
  seller.stock.write(listing.sku, quantity);
  if (before !== quantity) kit.notifier.notify(quantityChanged(seller, [listing.sku], kit));
}
