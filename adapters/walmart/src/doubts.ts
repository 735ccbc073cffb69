import type { ChannelSignal } from "@lastunit/adapter-contract";
import type { WalmartSettings } from "./credentials.ts";
import type { WalmartLine, WalmartOrder } from "./orders.ts";

/**
 * The ship nodes by which the listings of a node's stock are named: null where the account has one node when it is
 * imported, else the node itself; which of the two, only the listings tell. None where the node is none of ours.
 */
export function listingNodes(shipNode: string | null, { shipNode: only }: WalmartSettings): readonly (string | null)[] {
  if (only === undefined) return shipNode === null ? [null] : [null, shipNode];
  return shipNode === null || shipNode === only ? [null, only] : [];
}

/**
 * The listings whose number may have moved, though no unit was sold or came back. Walmart's documents disagree on whether
 * shipping lowers `inputQty` with `reservedQty`, or leaves it, so that the shipped units are for sale again; one counts
 * an acknowledged order as no longer open. And a line that the seller cancels as out of stock makes Walmart show 0.
 *
 * Told again each time the orders are read: a doubt that was told may have been lost on the way, and costs one read.
 *
 * @param since changes before it are told of no more, epoch milliseconds.
 */
export function doubtsOf(
  orders: readonly WalmartOrder[],
  since: number,
  settings: WalmartSettings,
): readonly ChannelSignal[] {
  const doubts = new Map<string, ChannelSignal>();
  for (const order of orders) {
    for (const line of order.orderLines.orderLine) {
      const occurredAt = line.statusDate ?? order.orderDate;
      if (Date.parse(occurredAt) < since || !movesNumber(line)) continue;
      for (const externalLocationId of listingNodes(order.shipNode?.id ?? null, settings)) {
        const listing = { externalId: line.item.sku, externalLocationId };
        doubts.set(JSON.stringify(listing), { type: "quantity_doubted", ...listing, occurredAt });
      }
    }
  }
  return [...doubts.values()];
}

/** Whether any unit has gone on from Created, other than by an ordinary cancellation, which Walmart puts back itself. */
function movesNumber(line: WalmartLine): boolean {
  return (line.orderLineStatuses?.orderLineStatus ?? []).some(({ status, statusQuantity, cancellationReason }) =>
    status === "Cancelled"
      ? cancellationReason === "SELLER_CANCEL_OUT_OF_STOCK"
      : status !== "Created" && statusQuantity > 0,
  );
}
