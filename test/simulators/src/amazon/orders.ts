import type { CancelledUnits, Kit } from "../kit/index.ts";
import type { BuyerOrder } from "../simulator.ts";
import type { Seller } from "./account.ts";

/** An order. From the moment it is placed, pending or not, its units are off the listing. */
export interface AmazonOrder {
  /** `903-8868176-2219830` */
  readonly id: string;
  readonly createdTime: string;
  readonly items: readonly AmazonOrderItem[];
  readonly fulfilledBy: "MERCHANT" | "AMAZON";
  status: "PENDING" | "UNSHIPPED" | "SHIPPED" | "CANCELLED";
  lastUpdatedTime: string;
}

export interface AmazonOrderItem {
  readonly id: string;
  readonly sku: string;
  /** As ordered. Amazon doesn't document whether its number falls when units are cancelled; here it stays. */
  readonly quantity: number;
  cancelled: number;
  shipped: number;
}

export function createOrder(seller: Seller, placed: BuyerOrder, kit: Kit<Seller>): AmazonOrder {
  const now = new Date().toISOString();
  const isMerchants = placed.lines.some(({ sku }) => seller.listings.get(sku)?.channels.includes("DEFAULT"));
  const order: AmazonOrder = {
    id: `${kit.random.digits(3)}-${kit.random.digits(7)}-${kit.random.digits(7)}`,
    createdTime: now,
    lastUpdatedTime: now,
    items: placed.lines.map(({ sku, quantity }) => ({
      id: kit.random.digits(14),
      sku,
      quantity,
      cancelled: 0,
      shipped: 0,
    })),
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

/** Units that are neither cancelled nor shipped. */
export function unitsLeft({ quantity, cancelled, shipped }: AmazonOrderItem): number {
  return quantity - cancelled - shipped;
}

/** Payment was verified: the order can be shipped. @throws when it isn't pending. */
export function settleOrder(order: AmazonOrder): void {
  if (order.status !== "PENDING") throw new Error(`order ${order.id} is ${order.status}, not PENDING`);
  changeStatus(order, "UNSHIPPED");
}

/** The buyer cancelled, so Amazon gives the units back to the listing (Amazon help, G200200040). */
export function cancelOrder(seller: Seller, order: AmazonOrder): void {
  if (order.status === "CANCELLED") throw new Error(`order ${order.id} is cancelled already`);
  for (const item of order.items) cancelItem(seller, item, unitsLeft(item));
  changeStatus(order, "CANCELLED");
}

/** The buyer cancelled some units of one line. @throws when fewer are left. */
export function cancelUnits(seller: Seller, order: AmazonOrder, { sku, quantity }: CancelledUnits): void {
  const item = order.items.find((one) => one.sku === sku && unitsLeft(one) >= quantity);
  if (!item) throw new Error(`order ${order.id} has no ${quantity} units of ${sku} left to cancel`);
  cancelItem(seller, item, quantity);
  changeStatus(order, order.items.every((one) => one.cancelled === one.quantity) ? "CANCELLED" : order.status);
}

/** The merchant ships all that is left. @throws unless the order stands unshipped. */
export function shipOrder(order: AmazonOrder): void {
  if (order.status !== "UNSHIPPED") throw new Error(`order ${order.id} is ${order.status}, not UNSHIPPED`);
  for (const item of order.items) item.shipped += unitsLeft(item);
  changeStatus(order, "SHIPPED");
}

function cancelItem(seller: Seller, item: AmazonOrderItem, units: number): void {
  item.cancelled += units;
  if (units > 0) seller.stock.give([{ sku: item.sku, quantity: units }]);
}

function changeStatus(order: AmazonOrder, status: AmazonOrder["status"]): void {
  order.status = status;
  order.lastUpdatedTime = new Date().toISOString();
}
