import { asText, type JsonObject } from "../kit/index.ts";
import { variantOf, type Shop } from "./account.ts";
import { gid } from "./gids.ts";
import { locationSource, variantSource } from "./inventory.ts";
import type { Agreement, OrderLine, OrderRefund, ShopifyOrder } from "./orders.ts";
import type { Connection, Source } from "./project.ts";
import { QueryProblem } from "./query.ts";

/** Orders as GraphQL gives them. */
export function orderSource(shop: Shop, order: ShopifyOrder): Source {
  const { id, name, createdAt, updatedAt, cancelledAt } = order;
  return {
    __typename: "Order",
    id: gid("Order", id),
    legacyResourceId: id,
    name,
    createdAt,
    processedAt: createdAt,
    updatedAt,
    cancelledAt,
    cancelReason: cancelledAt === null ? null : "CUSTOMER",
    retailLocation: () => tillOf(shop, order),
    test: false,
    displayFinancialStatus: order.refunds.length > 0 ? "PARTIALLY_REFUNDED" : "PAID",
    displayFulfillmentStatus: order.isShipped ? "FULFILLED" : "UNFULFILLED",
    edited: order.agreements.some(({ reason }) => reason === "ORDER_EDIT"),
    agreements: (): Connection => ({ items: order.agreements.map(agreementSource), rank: byId }),
    lineItems: (): Connection => ({
      items: order.lines.map((line) => lineSource(shop, line, order.isShipped)),
      rank: byId,
    }),
    refunds: ({ first }: JsonObject) =>
      order.refunds.slice(0, typeof first === "number" ? first : undefined).map((refund) => refundSource(shop, refund)),
  };
}

function agreementSource({ id, happenedAt, reason, sales }: Agreement): Source {
  const items = sales.map((sale) => ({
    __typename: "ProductSale",
    id: gid("ProductSale", sale.id),
    actionType: sale.quantity < 0 ? "RETURN" : "ORDER",
    lineType: "PRODUCT",
    quantity: sale.quantity,
    lineItem: { __typename: "LineItem", id: gid("LineItem", sale.lineId) },
  }));
  return { id: gid("SalesAgreement", id), happenedAt, reason, sales: (): Connection => ({ items, rank: byId }) };
}

function lineSource(shop: Shop, { id, sku, quantity, currentQuantity }: OrderLine, isShipped = false): Source {
  return {
    __typename: "LineItem",
    id: gid("LineItem", id),
    sku: variantOf(shop, sku).writtenSku,
    title: sku,
    quantity,
    currentQuantity,
    unfulfilledQuantity: isShipped ? 0 : currentQuantity,
    variant: () => (variantOf(shop, sku).isDeleted ? null : variantSource(shop, sku)),
  };
}

function refundSource(shop: Shop, { id, createdAt, lines }: OrderRefund): Source {
  const items = lines.map((each) => ({
    __typename: "RefundLineItem",
    id: gid("RefundLineItem", each.id),
    quantity: each.quantity,
    restocked: each.restockType !== "no_restock",
    restockType: each.restockType.toUpperCase(),
    location: each.restockType === "no_restock" ? null : restockedAt(shop, each.line),
    lineItem: () => lineSource(shop, each.line),
  }));
  return {
    __typename: "Refund",
    id: gid("Refund", id),
    createdAt,
    updatedAt: createdAt,
    processedAt: createdAt,
    note: null,
    refundLineItems: (): Connection => ({ items, rank: byId }),
  };
}

function restockedAt(shop: Shop, line: OrderLine): Source | null {
  return locationWith(shop, line.locationId);
}

/** Set on point-of-sale orders only. */
function tillOf(shop: Shop, { tillId }: ShopifyOrder): Source | null {
  return tillId === null ? null : locationWith(shop, tillId);
}

function locationWith(shop: Shop, locationId: string): Source | null {
  const location = shop.locations.find(({ id }) => id === locationId);
  return location ? locationSource(location) : null;
}

/** Shopify docs, access scopes: read_orders shows orders of the last 60 days, read_all_orders the others too. */
export function isShown({ tokens }: Shop, { createdAt }: ShopifyOrder): boolean {
  return tokens.scopes.includes("read_all_orders") || Date.parse(createdAt) > Date.now() - SHOWN_FOR_MS;
}

const SHOWN_FOR_MS = 60 * 86_400_000;

const byId = ({ id }: Source) => String(id);

/** `orders(query:, sortKey:)`: terms on `updated_at` and `created_at`, sorted by id or by either time. */
export function ordersOf(shop: Shop, args: JsonObject): Connection {
  const accepts = filterOf(asText(args["query"]) ?? "");
  const items = [...shop.orders.values()]
    .filter((order) => isShown(shop, order) && accepts(order))
    .map((order) => orderSource(shop, order));
  const sortKey = asText(args["sortKey"]) ?? "PROCESSED_AT";
  const field = sortFields[sortKey];
  if (!field) throw new QueryProblem("BAD_REQUEST", `sortKey ${sortKey} is not simulated`);
  return { items, rank: (order) => `${String(order[field])} ${byId(order)}` };
}

const sortFields: { readonly [sortKey: string]: string | undefined } = {
  ID: "id",
  CREATED_AT: "createdAt",
  PROCESSED_AT: "createdAt",
  UPDATED_AT: "updatedAt",
};

const TERM = /^(updated_at|created_at):(>=|<=|>|<)?['"]?([\dTZ:.+-]+)['"]?$/u;

/** Search syntax is wider than this; a term that isn't known here is an error, for silence would hide a wrong filter. */
function filterOf(query: string): (order: ShopifyOrder) => boolean {
  const terms = query.split(/\s+(?:AND\s+)?/u).filter((term) => term !== "");
  const tests = terms.map((term) => {
    const [, field, operator = "=", text = ""] = TERM.exec(term) ?? [];
    const limit = Date.parse(text);
    if (field === undefined || Number.isNaN(limit))
      throw new QueryProblem("BAD_REQUEST", `search term ${term} is not simulated`);
    return (order: ShopifyOrder) => {
      const time = Date.parse(field === "updated_at" ? order.updatedAt : order.createdAt);
      return compare(operator, time, limit);
    };
  });
  return (order) => tests.every((test) => test(order));
}

function compare(operator: string, time: number, limit: number): boolean {
  if (operator === ">=") return time >= limit;
  if (operator === "<=") return time <= limit;
  if (operator === ">") return time > limit;
  return operator === "<" ? time < limit : time === limit;
}
