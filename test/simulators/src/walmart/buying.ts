import type { BuyerOrder } from "../simulator.ts";
import type { SeededRandom } from "../kit/index.ts";
import { availableAt, availableToSell } from "./item.ts";
import { unitsIn, type Order, type OrderLine, type UnitStatus } from "./order.ts";
import { itemOf, nodeOf, type Seller } from "./seller.ts";

/**
 * Makes the order of units that were just taken off the stock: an order reserves, the input quantity stays. In life an
 * order of two nodes' units becomes two purchase orders; here it is one, named after the first node.
 */
export function placeOrder(seller: Seller, { lines }: BuyerOrder, random: SeededRandom): Order {
  const now = Date.now();
  const made = lines.map(({ sku, quantity }, index): OrderLine => {
    const { title, prices } = itemOf(seller, sku);
    const units = reserve(seller, sku, quantity).map((shipNode) => ({ shipNode, status: "Created" as const }));
    return {
      lineNumber: String(index + 1),
      sku,
      title,
      quantity,
      price: prices.base,
      units,
      statusAt: now,
      cancellationReason: null,
      isRefunded: false,
    };
  });
  const [first] = made.flatMap(({ units }) => units);
  const order: Order = {
    purchaseOrderId: random.digits(15),
    customerOrderId: random.digits(15),
    placedAt: now,
    modifiedAt: now,
    shipNode: nodeOf(seller, first?.shipNode),
    lines: made,
  };
  seller.orders.set(order.purchaseOrderId, order);
  return order;
}

/** Takes units where they are, node by node. @returns the node of each. */
function reserve(seller: Seller, sku: string, quantity: number): readonly string[] {
  const { nodes } = itemOf(seller, sku);
  return Array.from({ length: quantity }, () => {
    const [shipNode, node] = [...nodes].find(([, each]) => availableAt(each) > 0) ?? [...nodes][0] ?? [];
    if (shipNode === undefined || !node) throw new Error(`${seller.name} has no stock of ${sku}`);
    node.reservedQty += 1;
    return shipNode;
  });
}

/** The customer cancels: what was reserved is free again. @throws when there is no such order or nothing to cancel. */
export function cancelOrder(seller: Seller, purchaseOrderId: string): Order {
  const order = orderOf(seller, purchaseOrderId);
  if (order.lines.every((line) => openUnits(line).length === 0)) {
    throw new Error(`order ${purchaseOrderId} is cancelled already or has shipped`);
  }
  for (const line of order.lines) cancelUnits(seller, order, line, openUnits(line).length, CUSTOMER_REQUEST);
  return order;
}

export const CUSTOMER_REQUEST = "CUSTOMER_REQUESTED_SELLER_TO_CANCEL";

/**
 * Cancels units that have not shipped. What was reserved is free again, but for a seller who cancels as out of stock:
 * Walmart then shows none at that node (Walmart docs: cancel one or more order lines).
 */
export function cancelUnits(seller: Seller, order: Order, line: OrderLine, count: number, reason: string): void {
  const item = itemOf(seller, line.sku);
  const before = availableToSell(item);
  for (const unit of openUnits(line).slice(0, count)) {
    unit.status = "Cancelled";
    const node = item.nodes.get(unit.shipNode);
    if (!node) continue;
    node.reservedQty -= 1;
    if (reason === "SELLER_CANCEL_OUT_OF_STOCK") node.inputQty = Math.min(node.inputQty, node.reservedQty);
  }
  line.cancellationReason = reason;
  follow(seller, line.sku, before);
  touch(order, line);
}

/**
 * The seller ships: units leave what is reserved. Whether they leave the input quantity by themselves is disputed in
 * Walmart's own documents; `lowersInput` says how this simulator has it.
 */
export function shipUnits(seller: Seller, order: Order, line: OrderLine, count: number, lowersInput: boolean): void {
  const item = itemOf(seller, line.sku);
  const before = availableToSell(item);
  for (const unit of openUnits(line).slice(0, count)) {
    unit.status = "Shipped";
    const node = item.nodes.get(unit.shipNode);
    if (!node) continue;
    node.reservedQty -= 1;
    if (lowersInput) node.inputQty = Math.max(0, node.inputQty - 1);
  }
  follow(seller, line.sku, before);
  touch(order, line);
}

export function acknowledge(order: Order): void {
  for (const line of order.lines) {
    for (const unit of unitsIn(line, "Created")) unit.status = "Acknowledged";
    touch(order, line);
  }
}

/** The seller gives money back for a line; its units stay where they are. */
export function refundLine(order: Order, line: OrderLine): void {
  line.isRefunded = true;
  touch(order, line);
}

/** Units that can still be shipped or cancelled. */
export function openUnits(line: OrderLine) {
  const open: readonly UnitStatus[] = ["Created", "Acknowledged"];
  return line.units.filter(({ status }) => open.includes(status));
}

/** @throws when there is none. */
export function orderOf(seller: Seller, purchaseOrderId: string): Order {
  const order = seller.orders.get(purchaseOrderId);
  if (!order) throw new Error(`${seller.name} has no order ${purchaseOrderId}`);
  return order;
}

/** @throws when the order has none. */
export function lineOf(order: Order, sku: string): OrderLine {
  const line = order.lines.find((each) => each.sku === sku);
  if (!line) throw new Error(`order ${order.purchaseOrderId} has no line with SKU ${sku}`);
  return line;
}

function touch(order: Order, line: OrderLine): void {
  line.statusAt = Date.now();
  order.modifiedAt = line.statusAt;
}

/** What buyers can buy follows what the nodes hold by now. */
function follow(seller: Seller, sku: string, before: number): void {
  const change = availableToSell(itemOf(seller, sku)) - before;
  if (change > 0) seller.stock.give([{ sku, quantity: change }]);
  if (change < 0) seller.stock.take([{ sku, quantity: -change }]);
}
