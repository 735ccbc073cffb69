import type { CallContext, ChannelSignal } from "@lastunit/adapter-contract";
import type { Seller } from "./locations.ts";
import { unitsOf, type WalmartLine, type WalmartOrder } from "./orders.ts";

/**
 * The ship node by which the listings of a node's stock are named: null where the account has one node, undefined where
 * the node is none of ours.
 */
export async function listingNode(
  shipNode: string | null,
  { settings, nodesOfAccount }: Seller,
  call: CallContext,
): Promise<string | null | undefined> {
  if (settings.shipNode !== undefined) {
    return shipNode === null || shipNode === settings.shipNode ? settings.shipNode : undefined;
  }
  return shipNode !== null && (await nodesOfAccount(call)).length > 1 ? shipNode : null;
}

/**
 * The listings whose number may have moved, though no unit was sold or came back. Walmart's documents disagree on whether
 * shipping lowers `inputQty` with `reservedQty`, or leaves it, so that the shipped units are for sale again; one counts
 * an acknowledged order as no longer open. And a line that the seller cancels as out of stock makes Walmart show 0.
 *
 * @param since changes before it were told of already, epoch milliseconds.
 */
export async function doubtsOf(
  orders: readonly WalmartOrder[],
  since: number,
  seller: Seller,
  call: CallContext,
): Promise<readonly ChannelSignal[]> {
  const doubts = new Map<string, ChannelSignal>();
  for (const order of orders) {
    for (const line of order.orderLines.orderLine) {
      const occurredAt = line.statusDate ?? order.orderDate;
      if (Date.parse(occurredAt) < since || !movesNumber(line)) continue;
      const node = await listingNode(order.shipNode?.id ?? null, seller, call);
      if (node === undefined) continue;
      const listing = { externalId: line.item.sku, externalLocationId: node };
      doubts.set(JSON.stringify(listing), { type: "quantity_shown", ...listing, available: null, occurredAt });
    }
  }
  return [...doubts.values()];
}

function movesNumber(line: WalmartLine): boolean {
  const statuses = line.orderLineStatuses?.orderLineStatus ?? [];
  return (
    unitsOf(line, "Acknowledged") > 0 ||
    unitsOf(line, "Shipped") > 0 ||
    statuses.some(({ cancellationReason }) => cancellationReason === "SELLER_CANCEL_OUT_OF_STOCK")
  );
}
