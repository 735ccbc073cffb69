import type { Kit, Refund } from "../kit/index.ts";
import { commit, newId, type Shop } from "./account.ts";
import type { TakenLine } from "./located-stock.ts";

/** An order of a shop. */
export interface ShopifyOrder {
  readonly id: string;
  /** `#1001` */
  readonly name: string;
  readonly createdAt: string;
  updatedAt: string;
  cancelledAt: string | null;
  /** The location at whose till it was sold; null for an order placed online. */
  readonly tillId: string | null;
  isShipped: boolean;
  readonly lines: OrderLine[];
  readonly refunds: OrderRefund[];
  /** What was sold and taken back, in the order it was agreed on; the first is the order as it was placed. */
  readonly agreements: Agreement[];
}

export interface OrderLine {
  readonly id: string;
  readonly sku: string;
  /** Where its units were taken. */
  readonly locationId: string;
  /** Units ordered, with what edits added; what was taken back still counts. */
  quantity: number;
  /** Without what was refunded or removed. */
  currentQuantity: number;
}

export interface OrderRefund {
  readonly id: string;
  readonly createdAt: string;
  readonly lines: readonly {
    readonly id: string;
    readonly line: OrderLine;
    readonly quantity: number;
    /** `cancel`: unfulfilled units went back to stock. `return`: shipped ones did. */
    readonly restockType: "no_restock" | "cancel" | "return";
  }[];
}

export interface Agreement {
  readonly id: string;
  readonly happenedAt: string;
  readonly reason: "ORDER" | "ORDER_EDIT" | "REFUND";
  /** Negative quantities are taken back. */
  readonly sales: readonly { readonly id: string; readonly lineId: string; readonly quantity: number }[];
}

const FIRST_ORDER_NUMBER = 1_001;

/** An order of what the stock has just given: the units are off `available`, and Shopify moves them to `committed`. */
export function createOrder(shop: Shop, kit: Kit<Shop>): ShopifyOrder {
  return addOrder(shop, { taken: shop.stock.lastTaken(), tillId: null }, kit);
}

/** The units leave the shop with the buyer. @throws when they are sold out at that location. */
export function sellAtTill(shop: Shop, sold: TakenLine, kit: Kit<Shop>): ShopifyOrder {
  if (!shop.stock.takeAt(sold)) throw new Error(`shop ${shop.name} has sold out of ${sold.sku} there`);
  const order = addOrder(shop, { taken: [sold], tillId: sold.locationId }, kit);
  shipWholeOrder(shop, order);
  return order;
}

function addOrder(
  shop: Shop,
  { taken, tillId }: { readonly taken: readonly TakenLine[]; readonly tillId: string | null },
  kit: Kit<Shop>,
): ShopifyOrder {
  const now = timestamp();
  const lines = taken.map((line) => ({ id: newId(kit), ...line, currentQuantity: line.quantity }));
  const created: ShopifyOrder = {
    id: newId(kit),
    name: `#${FIRST_ORDER_NUMBER + shop.orders.size}`,
    createdAt: now,
    updatedAt: now,
    cancelledAt: null,
    tillId,
    isShipped: false,
    lines,
    refunds: [],
    agreements: [],
  };
  agree(created, "ORDER", lines, kit);
  for (const { sku, locationId, quantity } of lines) commit(shop, sku, locationId, quantity);
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
  if (order.isShipped) throw new Error(`order ${order.id} is shipped: refund it`);
  const left = order.lines.filter(({ currentQuantity }) => currentQuantity > 0);
  const taken = left.map((line) => ({ line, quantity: line.currentQuantity }));
  const refund = left.length > 0 ? takeBack(shop, order, { taken, restock: true, reason: "REFUND" }, kit) : null;
  order.cancelledAt = timestamp();
  order.updatedAt = order.cancelledAt;
  return refund;
}

/** @throws when no line of the order has so many units left. */
export function refundLine(shop: Shop, order: ShopifyOrder, refund: Refund, kit: Kit<Shop>): OrderRefund {
  const { sku, quantity, restock } = refund;
  return takeBack(
    shop,
    order,
    { taken: [{ line: lineWith(order, sku, quantity), quantity }], restock, reason: "REFUND" },
    kit,
  );
}

/** The units leave the location. */
export function shipWholeOrder(shop: Shop, order: ShopifyOrder): void {
  if (order.isShipped || order.cancelledAt !== null) throw new Error(`order ${order.id} has nothing to ship`);
  for (const { sku, locationId, currentQuantity } of order.lines) commit(shop, sku, locationId, -currentQuantity);
  order.isShipped = true;
  order.updatedAt = timestamp();
}

/** The merchant adds units: to the line of the SKU, at its location, or as a new line. @throws when they are sold out. */
export function addUnits(shop: Shop, order: ShopifyOrder, sku: string, quantity: number, kit: Kit<Shop>): OrderLine {
  const known = order.lines.find((line) => line.sku === sku);
  const isTaken = known
    ? shop.stock.takeAt({ sku, quantity, locationId: known.locationId })
    : shop.stock.take([{ sku, quantity }]);
  if (!isTaken) throw new Error(`shop ${shop.name} has sold out of ${sku}`);
  const [taken] = shop.stock.lastTaken();
  const locationId = known?.locationId ?? taken?.locationId ?? "";
  const line = known ?? { id: newId(kit), sku, locationId, quantity: 0, currentQuantity: 0 };
  if (!known) order.lines.push(line);
  line.quantity += quantity;
  line.currentQuantity += quantity;
  commit(shop, sku, line.locationId, quantity);
  agree(order, "ORDER_EDIT", [{ id: line.id, quantity }], kit);
  order.updatedAt = timestamp();
  return line;
}

/** The merchant removes units. Shopify keeps that as a refund without money. @throws when there are not so many left. */
export function removeUnits(
  shop: Shop,
  order: ShopifyOrder,
  { sku, quantity, restock }: Refund,
  kit: Kit<Shop>,
): OrderLine {
  const line = lineWith(order, sku, quantity);
  takeBack(shop, order, { taken: [{ line, quantity }], restock, reason: "ORDER_EDIT" }, kit);
  return line;
}

function lineWith(order: ShopifyOrder, sku: string, quantity: number): OrderLine {
  const line = order.lines.find((each) => each.sku === sku && each.currentQuantity >= quantity);
  if (!line || quantity < 1) throw new Error(`order ${order.id} has no line with ${quantity} units of ${sku} left`);
  return line;
}

function takeBack(
  shop: Shop,
  order: ShopifyOrder,
  back: {
    readonly taken: readonly { readonly line: OrderLine; readonly quantity: number }[];
    readonly restock: boolean;
    readonly reason: Agreement["reason"];
  },
  kit: Kit<Shop>,
): OrderRefund {
  const restocked = order.isShipped ? "return" : "cancel";
  const restockType = back.restock ? restocked : "no_restock";
  for (const { line, quantity } of back.taken) {
    line.currentQuantity -= quantity;
    if (!order.isShipped) commit(shop, line.sku, line.locationId, -quantity);
    if (back.restock) shop.stock.giveAt({ ...line, quantity });
  }
  const refund: OrderRefund = {
    id: newId(kit),
    createdAt: timestamp(),
    lines: back.taken.map(({ line, quantity }) => ({ id: newId(kit), line, quantity, restockType })),
  };
  order.refunds.push(refund);
  agree(
    order,
    back.reason,
    back.taken.map(({ line, quantity }) => ({ id: line.id, quantity: -quantity })),
    kit,
  );
  order.updatedAt = refund.createdAt;
  return refund;
}

function agree(
  order: ShopifyOrder,
  reason: Agreement["reason"],
  lines: readonly { readonly id: string; readonly quantity: number }[],
  kit: Kit<Shop>,
): void {
  const sales = lines.map(({ id, quantity }) => ({ id: newId(kit), lineId: id, quantity }));
  order.agreements.push({ id: newId(kit), happenedAt: timestamp(), reason, sales });
}

/** Shopify's times have whole seconds. */
function timestamp(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
