import type { Refund, SeededRandom } from "../kit/index.ts";
import { lineOf, orderOf } from "./buying.ts";
import { unitsIn } from "./order.ts";
import type { ReturnOrder } from "./return.ts";
import type { Seller } from "./seller.ts";

/**
 * A customer is refunded: with goods that have arrived back at the return center, or without, keeping them. Arrived units
 * are the seller's again, but not for sale by themselves.
 * @throws when fewer units of the line have shipped; units not yet shipped ship now.
 */
export function returnUnits(
  seller: Seller,
  purchaseOrderId: string,
  { sku, quantity, restock }: Refund,
  random: SeededRandom,
): ReturnOrder {
  const order = orderOf(seller, purchaseOrderId);
  const line = lineOf(order, sku);
  const taken = [...seller.returns.values()]
    .filter((each) => each.purchaseOrderId === purchaseOrderId && each.lineNumber === line.lineNumber)
    .reduce((sum, each) => sum + each.quantity, 0);
  if (line.quantity - unitsIn(line, "Cancelled").length - taken < quantity) {
    throw new Error(`order ${purchaseOrderId} has fewer than ${quantity} units of ${sku} left to return`);
  }
  const now = Date.now();
  const tags = restock ? ["DELIVERED_AT_RETURN_CENTER", "RETURN_INITIATED"] : ["REFUND_ISSUED", "RETURN_INITIATED"];
  const made: ReturnOrder = {
    // 18 digits, beyond what a double holds.
    returnOrderId: random.digits(18),
    purchaseOrderId,
    customerOrderId: order.customerOrderId,
    lineNumber: line.lineNumber,
    sku,
    title: line.title,
    quantity,
    isKeepIt: !restock,
    openedAt: now,
    modifiedAt: now,
    status: restock ? "DELIVERED" : "COMPLETED",
    events: tags.map((eventTag) => ({ eventTag, eventTime: now })),
  };
  seller.returns.set(made.returnOrderId, made);
  return made;
}
