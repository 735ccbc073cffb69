import type { BuyerOrder } from "../simulator.ts";
import type { SeededRandom } from "../kit/index.ts";
import { availableToSell } from "./item.ts";
import type { Order } from "./order.ts";
import type { Seller } from "./seller.ts";

/** Makes the order of units that were just taken off the stock: an order reserves, the input quantity stays. */
export function placeOrder(seller: Seller, { lines }: BuyerOrder, random: SeededRandom): Order {
  const now = Date.now();
  const order: Order = {
    purchaseOrderId: random.digits(15),
    customerOrderId: random.digits(15),
    placedAt: now,
    modifiedAt: now,
    cancelledAt: null,
    lines: lines.map(({ sku, quantity }, index) => {
      const item = itemOf(seller, sku);
      item.reservedQty += quantity;
      return { lineNumber: String(index + 1), sku, title: item.title, quantity, price: item.price };
    }),
  };
  seller.orders.set(order.purchaseOrderId, order);
  return order;
}

/** The customer cancels: what was reserved is free again. @throws when there is no such order or it was cancelled before. */
export function cancelOrder(seller: Seller, purchaseOrderId: string): Order {
  const order = seller.orders.get(purchaseOrderId);
  if (!order) throw new Error(`${seller.name} has no order ${purchaseOrderId}`);
  if (order.cancelledAt !== null) throw new Error(`order ${purchaseOrderId} is cancelled already`);
  order.cancelledAt = Date.now();
  order.modifiedAt = order.cancelledAt;
  for (const { sku, quantity } of order.lines) release(seller, sku, quantity);
  return order;
}

/** Frees reserved units. Where the input was written below what is reserved, they only make up for that. */
function release(seller: Seller, sku: string, quantity: number): void {
  const item = itemOf(seller, sku);
  const before = availableToSell(item);
  item.reservedQty -= quantity;
  const freed = availableToSell(item) - before;
  if (freed > 0) seller.stock.give([{ sku, quantity: freed }]);
}

function itemOf(seller: Seller, sku: string) {
  const item = seller.items.get(sku);
  if (!item) throw new Error(`${seller.name} has no item with SKU ${sku}`);
  return item;
}
