import type { UpdateOutcome } from "@lastunit/adapter-contract";

/** Outcomes of items that Shopify would not take, or takes and does not show, each with how to mend it. */

export const untracked: UpdateOutcome = {
  status: "rejected",
  code: "UNTRACKED",
  message: 'Shopify does not track this item, so buyers do not see its quantity: turn on "Track quantity" for it.',
};

export const unstocked: UpdateOutcome = {
  status: "rejected",
  code: "NOT_STOCKED_AT_LOCATION",
  message:
    "Shopify does not stock this item at this location: stock it there, or allow Lastunit to in the channel's settings.",
};

export const unreadableListing: UpdateOutcome = {
  status: "rejected",
  code: "INVALID_LISTING",
  message: "The listing does not name an inventory item and location of Shopify: import it again.",
};

export const unknownItem: UpdateOutcome = {
  status: "rejected",
  code: "INVALID_INVENTORY_ITEM",
  message: "Shopify knows no such inventory item: it was deleted. Import the shop again.",
};

/** Kit parents. @param words Shopify's own. */
export function notMutable(words: string): UpdateOutcome {
  return {
    status: "rejected",
    code: "NON_MUTABLE_INVENTORY_ITEM",
    message: `Shopify works this item's quantity out from others, as for a bundle: push its components instead. (${words})`,
  };
}

export const tooManyWrites: UpdateOutcome = {
  status: "retry",
  code: "too_many_writes",
  message: "Other entries of the call took all the writes it may make; this one was not written",
};

export const unconfirmed: UpdateOutcome = {
  status: "retry",
  code: "unconfirmed",
  message: "Shopify took the quantity but did not say so of this item, and could not be asked what it shows",
};
