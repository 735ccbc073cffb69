import type { Money } from "@lastunit/adapter-contract";
import type { External } from "./listing.ts";

/** What is to be changed on one listing; each counts as one of its 250 revisions of the day. */
export interface Revision<Of extends External = External> {
  /** The merchant's SKU as the Inventory API knows it. */
  readonly sku: string;
  readonly external: Of;
  /** Units buyers must be able to buy. */
  readonly quantity?: number;
  readonly price?: Money;
}
