import { variantOf, type Location, type Shop } from "./account.ts";
import { gid } from "./gids.ts";
import { levelGid } from "./inventory.ts";
import type { OrderLine, OrderRefund, ShopifyOrder } from "./orders.ts";

/** Webhook bodies: REST-shaped, ids as JSON numbers beyond 2^53 (bigint here). */
export interface Payload {
  readonly [field: string]: unknown;
}

export function orderPayload(shop: Shop, order: ShopifyOrder): Payload {
  return {
    id: BigInt(order.id),
    admin_graphql_api_id: gid("Order", order.id),
    name: order.name,
    created_at: order.createdAt,
    updated_at: order.updatedAt,
    processed_at: order.createdAt,
    cancelled_at: order.cancelledAt,
    cancel_reason: order.cancelledAt === null ? null : "customer",
    financial_status: order.refunds.length > 0 ? "partially_refunded" : "paid",
    fulfillment_status: order.isShipped ? "fulfilled" : null,
    location_id: order.tillId === null ? null : BigInt(order.tillId),
    source_name: order.tillId === null ? "web" : "pos",
    test: false,
    line_items: order.lines.map((line) => linePayload(shop, line)),
    refunds: order.refunds.map((refund) => refundPayload(shop, order, refund)),
    returns: [],
  };
}

function linePayload(shop: Shop, line: OrderLine): Payload {
  const { variantId, productId, productTitle, price, isTracked, writtenSku, isDeleted } = variantOf(shop, line.sku);
  return {
    id: BigInt(line.id),
    admin_graphql_api_id: gid("LineItem", line.id),
    variant_id: isDeleted ? null : BigInt(variantId),
    product_id: BigInt(productId),
    title: productTitle,
    sku: writtenSku,
    quantity: line.quantity,
    current_quantity: line.currentQuantity,
    fulfillable_quantity: line.currentQuantity,
    fulfillment_service: "manual",
    requires_shipping: true,
    gift_card: false,
    price,
    variant_inventory_management: isTracked ? "shopify" : null,
  };
}

export function refundPayload(shop: Shop, order: ShopifyOrder, refund: OrderRefund): Payload {
  return {
    id: BigInt(refund.id),
    admin_graphql_api_id: gid("Refund", refund.id),
    order_id: BigInt(order.id),
    created_at: refund.createdAt,
    processed_at: refund.createdAt,
    note: null,
    restock: refund.lines.some(({ restockType }) => restockType !== "no_restock"),
    return: null,
    refund_line_items: refund.lines.map(({ id, line, quantity, restockType }) => ({
      id: BigInt(id),
      line_item_id: BigInt(line.id),
      quantity,
      location_id: restockType === "no_restock" ? null : BigInt(line.locationId),
      restock_type: restockType,
      line_item: linePayload(shop, line),
    })),
    transactions: [],
  };
}

/** Of units added to or removed from a line after the order was placed. */
export function editPayload(
  order: ShopifyOrder,
  edit: { readonly line: OrderLine; readonly added: number; readonly removed: number },
): Payload {
  const change = (delta: number) => (delta > 0 ? [{ id: BigInt(edit.line.id), delta }] : []);
  return {
    order_edit: {
      order_id: BigInt(order.id),
      line_items: { additions: change(edit.added), removals: change(edit.removed) },
    },
  };
}

/** Absolute and without a cause; `available` is null where the shop does not track the item. */
export function levelPayload(shop: Shop, sku: string, location: Location): Payload {
  const { inventoryItemId, isTracked } = variantOf(shop, sku);
  return {
    inventory_item_id: BigInt(inventoryItemId),
    location_id: BigInt(location.id),
    available: isTracked ? (shop.stock.at(sku, location.id) ?? 0) : null,
    updated_at: new Date().toISOString(),
    admin_graphql_api_id: levelGid(shop, sku, location),
  };
}

export function disconnectPayload(shop: Shop, sku: string, location: Location): Payload {
  return {
    inventory_item_id: BigInt(variantOf(shop, sku).inventoryItemId),
    location_id: BigInt(location.id),
  };
}

export function shopPayload(shop: Shop): Payload {
  return { id: 1, name: shop.name, domain: shop.domain, myshopify_domain: shop.domain };
}

/** JSON in which bigints are plain numbers, to the last digit. */
export function stringify(payload: Payload): string {
  const mark = "\u0000";
  const json = JSON.stringify(payload, (_key, value: unknown) =>
    typeof value === "bigint" ? `${mark}${value}` : value,
  );
  return json.replaceAll(/"\\u0000(\d+)"/gu, "$1");
}

/** The fields a subscription asked for by `includeFields`, such as `id` or `line_items.sku`; all of them when none is named. */
export function onlyFields(payload: Payload, paths: readonly string[]): Payload {
  if (paths.length === 0) return payload;
  const names = new Set(paths.map((path) => path.split(".")[0] ?? ""));
  const kept = [...names]
    .filter((name) => name in payload)
    .map((name) => [name, narrow(payload[name], name, paths)] as const);
  return Object.fromEntries(kept);
}

function narrow(value: unknown, name: string, paths: readonly string[]): unknown {
  const deeper = paths.filter((path) => path.startsWith(`${name}.`)).map((path) => path.slice(name.length + 1));
  if (paths.includes(name) || deeper.length === 0) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => narrowObject(item, deeper));
  return narrowObject(value, deeper);
}

function narrowObject(value: unknown, paths: readonly string[]): unknown {
  return typeof value === "object" && value !== null ? onlyFields({ ...value }, paths) : value;
}
