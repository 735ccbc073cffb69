import type { Kit, Refund } from "../kit/index.ts";
import type { BuyerOrder } from "../simulator.ts";
import { committedOf, newId, type Shop } from "./account.ts";

/** An order of a shop. Nothing is ever shipped here, so what is taken back is taken off what is committed. */
export interface ShopifyOrder {
  readonly id: string;
  /** `#1001` */
  readonly name: string;
  readonly createdAt: string;
  updatedAt: string;
  cancelledAt: string | null;
  readonly lines: readonly OrderLine[];
  readonly refunds: OrderRefund[];
}

export interface OrderLine {
  readonly id: string;
  readonly sku: string;
  readonly quantity: number;
  /** Without what was refunded. */
  currentQuantity: number;
}

export interface OrderRefund {
  readonly id: string;
  readonly createdAt: string;
  readonly lines: readonly {
    readonly id: string;
    readonly line: OrderLine;
    readonly quantity: number;
    /** `cancel`: unfulfilled units went back to stock. */
    readonly restockType: "no_restock" | "cancel";
  }[];
}

const FIRST_ORDER_NUMBER = 1_001;

/** The units are already off `available`: Shopify moves them to `committed`. */
export function createOrder(shop: Shop, order: BuyerOrder, kit: Kit<Shop>): ShopifyOrder {
  const now = timestamp();
  const created: ShopifyOrder = {
    id: newId(kit),
    name: `#${FIRST_ORDER_NUMBER + shop.orders.size}`,
    createdAt: now,
    updatedAt: now,
    cancelledAt: null,
    lines: order.lines.map(({ sku, quantity }) => ({ id: newId(kit), sku, quantity, currentQuantity: quantity })),
    refunds: [],
  };
  for (const { sku, quantity } of created.lines) commit(shop, sku, quantity);
  shop.orders.set(created.id, created);
  return created;
}

export function orderOf(shop: Shop, orderId: string): ShopifyOrder {
  const order = shop.orders.get(orderId);
  if (!order) throw new Error(`shop ${shop.name} has no order ${orderId}`);
  return order;
}

/** Cancels what is left of the order with a restocking refund. Null: there was nothing left to refund. */
export function cancelWholeOrder(shop: Shop, order: ShopifyOrder, kit: Kit<Shop>): OrderRefund | null {
  if (order.cancelledAt !== null) throw new Error(`order ${order.id} is cancelled already`);
  const left = order.lines.filter(({ currentQuantity }) => currentQuantity > 0);
  const refund =
    left.length > 0
      ? addRefund(
          shop,
          order,
          left.map((line) => ({ line, quantity: line.currentQuantity })),
          true,
          kit,
        )
      : null;
  order.cancelledAt = timestamp();
  order.updatedAt = order.cancelledAt;
  return refund;
}

/** @throws when no line of the order has so many units left. */
export function refundLine(shop: Shop, order: ShopifyOrder, refund: Refund, kit: Kit<Shop>): OrderRefund {
  const { sku, quantity, restock } = refund;
  const line = order.lines.find((each) => each.sku === sku && each.currentQuantity >= quantity);
  if (!line || quantity < 1)
    throw new Error(`order ${order.id} has no line with ${quantity} units of ${sku} left to refund`);
  return addRefund(shop, order, [{ line, quantity }], restock, kit);
}

function addRefund(
  shop: Shop,
  order: ShopifyOrder,
  taken: readonly { readonly line: OrderLine; readonly quantity: number }[],
  restock: boolean,
  kit: Kit<Shop>,
): OrderRefund {
  const restockType = restock ? ("cancel" as const) : ("no_restock" as const);
  for (const { line, quantity } of taken) {
    line.currentQuantity -= quantity;
    commit(shop, line.sku, -quantity);
    if (restock) shop.stock.give([{ sku: line.sku, quantity }]);
  }
  const lines = taken.map(({ line, quantity }) => ({ id: newId(kit), line, quantity, restockType }));
  const refund = { id: newId(kit), createdAt: timestamp(), lines };
  order.refunds.push(refund);
  order.updatedAt = refund.createdAt;
  return refund;
}

function commit(shop: Shop, sku: string, quantity: number): void {
  shop.committed.set(sku, committedOf(shop, sku) + quantity);
}

/** Shopify's times have whole seconds. */
function timestamp(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
