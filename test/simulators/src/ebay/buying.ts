import type { BuyerOrder } from "../simulator.ts";
import type { SeededRandom } from "../kit/index.ts";
import { sellUnits } from "./listing.ts";
import type { Order } from "./order.ts";
import { endIfSoldOut, type Seller } from "./seller.ts";

/** Makes the order of units that were just taken off the stock. */
export function placeOrder(seller: Seller, { lines }: BuyerOrder, random: SeededRandom): Order {
  const now = new Date().toISOString();
  const order: Order = {
    orderId: `${random.digits(2)}-${random.digits(5)}-${random.digits(5)}`,
    createdAt: now,
    modifiedAt: now,
    cancellation: null,
    shippedAt: null,
    lines: lines.map(({ sku, quantity }) => {
      const listing = listingOf(seller, sku);
      sellUnits(listing, quantity);
      endIfSoldOut(seller, listing);
      const { title, price, page, variationId } = listing;
      const { listingId } = page;
      return { lineItemId: random.digits(14), sku, title, listingId, variationId, quantity, price };
    }),
  };
  seller.orders.set(order.orderId, order);
  return order;
}

/** The seller marks every line as shipped. */
export function shipOrder(seller: Seller, orderId: string): void {
  const order = openOrder(seller, orderId);
  order.shippedAt = new Date().toISOString();
  order.modifiedAt = order.shippedAt;
}

/** @throws when there is no such order, or it was shipped or cancelled before. */
function openOrder(seller: Seller, orderId: string): Order {
  const order = seller.orders.get(orderId);
  if (!order) throw new Error(`${seller.name} has no order ${orderId}`);
  if (order.cancellation) throw new Error(`order ${orderId} is cancelled already`);
  if (order.shippedAt !== null) throw new Error(`order ${orderId} is shipped already`);
  return order;
}

/** @throws when there is no such order, or it was shipped or cancelled before. */
export function cancelOrder(seller: Seller, orderId: string, restocks: boolean, random: SeededRandom): void {
  const order = openOrder(seller, orderId);
  const at = new Date().toISOString();
  order.cancellation = { requestId: random.digits(10), at };
  order.modifiedAt = at;
  if (!restocks) return;
  for (const { sku, quantity } of order.lines) sellUnits(listingOf(seller, sku), -quantity);
  seller.stock.give(order.lines);
}

function listingOf(seller: Seller, sku: string) {
  const listing = seller.listings.get(sku);
  if (!listing) throw new Error(`${seller.name} has no listing with SKU ${sku}`);
  return listing;
}
