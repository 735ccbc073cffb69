import type { Kit } from "../kit/index.ts";
import type { BuyerOrder } from "../simulator.ts";
import type { Seller } from "./account.ts";

/** An order. From the moment it is placed, pending or not, its units are off the listing. */
export interface AmazonOrder {
  /** `903-8868176-2219830` */
  readonly id: string;
  readonly createdTime: string;
  readonly items: readonly { readonly id: string; readonly sku: string; readonly quantity: number }[];
  readonly fulfilledBy: "MERCHANT" | "AMAZON";
  status: "PENDING" | "UNSHIPPED" | "CANCELLED";
  lastUpdatedTime: string;
}

export function createOrder(seller: Seller, placed: BuyerOrder, kit: Kit<Seller>): AmazonOrder {
  const now = new Date().toISOString();
  const isMerchants = placed.lines.some(({ sku }) => seller.listings.get(sku)?.channels.includes("DEFAULT"));
  const order: AmazonOrder = {
    id: `${kit.random.digits(3)}-${kit.random.digits(7)}-${kit.random.digits(7)}`,
    createdTime: now,
    lastUpdatedTime: now,
    items: placed.lines.map(({ sku, quantity }) => ({ id: kit.random.digits(14), sku, quantity })),
    fulfilledBy: isMerchants ? "MERCHANT" : "AMAZON",
    status: placed.pending ? "PENDING" : "UNSHIPPED",
  };
  seller.orders.set(order.id, order);
  return order;
}

export function orderOf(seller: Seller, orderId: string): AmazonOrder {
  const order = seller.orders.get(orderId);
  if (!order) throw new Error(`seller ${seller.name} has no order ${orderId}`);
  return order;
}

/** Payment was verified: the order can be shipped. @throws when it isn't pending. */
export function settleOrder(order: AmazonOrder): void {
  if (order.status !== "PENDING") throw new Error(`order ${order.id} is ${order.status}, not PENDING`);
  changeStatus(order, "UNSHIPPED");
}

/** The buyer cancelled, so Amazon gives the units back to the listing (Amazon help, G200200040). */
export function cancelOrder(seller: Seller, order: AmazonOrder): void {
  if (order.status === "CANCELLED") throw new Error(`order ${order.id} is cancelled already`);
  changeStatus(order, "CANCELLED");
  seller.stock.give(order.items);
}

function changeStatus(order: AmazonOrder, status: AmazonOrder["status"]): void {
  order.status = status;
  order.lastUpdatedTime = new Date().toISOString();
}
