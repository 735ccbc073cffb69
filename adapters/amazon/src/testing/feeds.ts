import type { InventoryUpdate, ListingRef } from "@lastunit/adapter-contract";
import nock from "nock";
import { listing } from "./harness.ts";

export const FEEDS = "/feeds/2021-06-30";
const STORAGE = "https://tortuga-prod-na.s3-external-1.amazonaws.com";
/** Where a feed's document lies. */
export const ADDRESS = `${STORAGE}/doc-1?X-Amz-Signature=secret-signature`;

/** No token may go to the storage. */
export const storage = (): nock.Scope => nock(STORAGE, { badheaders: ["x-amz-access-token", "authorization"] });

export const update = (one: ListingRef, quantity: number): InventoryUpdate => ({
  listing: one,
  quantity,
  expected: null,
  position: 1,
});
/** The second one may not be written. */
export const updates: readonly InventoryUpdate[] = [
  update(listing("A"), 1),
  update(listing("FBA", "AMAZON_NA"), 2),
  update(listing("C"), 3),
];
