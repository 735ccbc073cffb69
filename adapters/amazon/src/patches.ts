import type { ListingRef, UpdateOutcome } from "@lastunit/adapter-contract";
import { z } from "zod";
import { Words } from "./errors.ts";
import { External, MERCHANT, unsupportedBecause } from "./listings.ts";

/**
 * One change of a listing's attribute, as patches and feeds carry it. Always `merge`: `replace` would reset what stands
 * beside it (handling time and restock date; lowest allowed price and B2B offers).
 */
export interface Patch {
  readonly op: "merge";
  /** Amazon takes top-level attributes only. */
  readonly path: `/attributes/${string}`;
  readonly value: readonly object[];
}

export type Rejected = Extract<UpdateOutcome, { readonly status: "rejected" }>;

export function rejected(code: string, message: string): Rejected {
  return { status: "rejected", code, message };
}

/** A listing that was the merchant's at the last import. @param reason why it can't be written now. */
export function handedOver(reason: string): Rejected {
  const importAgain = "It was the merchant's at the last import: import the listings again";
  return rejected("not_merchant_fulfilled", `${reason}. ${importAgain}`);
}

/** Shows `quantity` units of the merchant's own. Absolute, therefore safe to repeat. */
export function quantityPatch(quantity: number): Patch {
  return {
    op: "merge",
    path: "/attributes/fulfillment_availability",
    value: [{ fulfillment_channel_code: MERCHANT, quantity }],
  };
}

/** The product type to patch a listing's quantity under, or why its quantity must not be written. */
export function writableAs(listing: ListingRef): string | Rejected {
  const external = External.safeParse(listing.external);
  if (!external.success) {
    return rejected("not_imported", "it is not known who fulfills this SKU: import the listings again");
  }
  const { productType, fulfillmentChannel } = external.data;
  const unsupported = unsupportedBecause(fulfillmentChannel);
  return unsupported === null ? productType : rejected("not_merchant_fulfilled", unsupported);
}

/** One entry of `issues`, of a patch's answer or a feed's report: without a code its words count all the same. */
export const Issue = z.object({
  code: z.string().min(1).catch("no_code"),
  message: Words,
  severity: z.string().optional(),
});
export type Issue = z.infer<typeof Issue>;

/** "An internal error has occurred. Try again." (github.com/amzn/selling-partner-api-docs, issue 3626) */
const INTERNAL_ERROR = "4000000";

/** What issues mean for the listing they concern; undefined when none of them is an error. */
export function outcomeOfIssues(issues: readonly Issue[]): UpdateOutcome | undefined {
  const errors = issues.filter(({ severity }) => severity === undefined || severity === "ERROR");
  const [first] = errors;
  if (!first) return undefined;
  const message = errors.map((issue) => issue.message).join(" ");
  const own = errors.find(({ code }) => code !== INTERNAL_ERROR);
  return own ? rejected(own.code, message) : { status: "retry", code: first.code, message };
}
