import {
  ChannelError,
  type CallContext,
  type Delivery,
  type InboundFacts,
  type OrderSnapshot,
} from "@lastunit/adapter-contract";
import { z } from "zod";
import { readInstallation } from "../check.ts";
import type { Operation, ShopifyClient } from "../client.ts";
import { gid } from "../ids.ts";
import { completeOrder, orderFields, OrderNode } from "../order-query.ts";
import { snapshotOf } from "../orders.ts";
import { DisconnectBody, EditHint, OrderBody, OrderHint, parseBody, RefundHint } from "./payloads.ts";

const OneOrder = z.object({ order: OrderNode.nullable() });

const readOrder: Operation<z.infer<typeof OneOrder>> = {
  document: `query Order($id: ID!) { order(id: $id) { ${orderFields} } }`,
  cost: 60,
  answer: OneOrder,
};

const nothing: InboundFacts = { orders: [], movements: [], signals: [] };

/**
 * What a delivery tells; a topic we do not listen to tells nothing.
 * @throws {ChannelError} `rejected` for a body of another shape than documented.
 */
export async function normalize(client: ShopifyClient, delivery: Delivery, call: CallContext): Promise<InboundFacts> {
  switch (delivery.topic) {
    case "orders/create":
      return { ...nothing, orders: [await orderPlaced(client, delivery, call)] };
    case "orders/cancelled":
    case "orders/updated":
      return { ...nothing, orders: [await orderNow(client, read(OrderHint, delivery), call)] };
    case "orders/edited":
      return { ...nothing, orders: [await orderNow(client, read(EditHint, delivery), call)] };
    case "refunds/create":
      return { ...nothing, orders: [await orderNow(client, read(RefundHint, delivery), call)] };
    case "inventory_levels/disconnect":
      return { ...nothing, signals: [disconnected(delivery)] };
    case "app/uninstalled":
      return { ...nothing, signals: await uninstalled(client, call) };
    default:
      return nothing;
  }
}

/**
 * The body tells the sale, without a call: it is as old as the order. One that lacks what was asked for (how nested
 * fields are left out is hardly documented) is a hint like the others.
 */
async function orderPlaced(client: ShopifyClient, delivery: Delivery, call: CallContext): Promise<OrderSnapshot> {
  const placed = OrderBody.safeParse(read(z.unknown(), delivery));
  return placed.success ? snapshotOf(placed.data) : orderNow(client, read(OrderHint, delivery), call);
}

/**
 * Whatever happens to an order after it was placed is told by reading it whole. A refund's own body has no sale in it,
 * an edit's only differences, and an edited order's no longer what was first ordered; so sale, additions and reversals
 * are always told together, and it does not matter which delivery comes first.
 */
async function orderNow(client: ShopifyClient, orderId: string, call: CallContext): Promise<OrderSnapshot> {
  const { order } = await client.run(readOrder, { id: gid("Order", orderId) }, call);
  if (order) return snapshotOf(await completeOrder(client, order, call));
  throw new ChannelError(
    "rejected",
    `Shopify does not show order ${orderId}: orders older than 60 days need the scope read_all_orders`,
    { code: "order_not_shown" },
  );
}

/**
 * Whether it still is: Shopify repeats a delivery for hours, and by then the merchant may have installed the app again.
 * Nor does the signature cover the topic.
 */
async function uninstalled(client: ShopifyClient, call: CallContext): Promise<InboundFacts["signals"]> {
  try {
    await client.run(readInstallation, {}, call);
    return [];
  } catch (error) {
    if (!(error instanceof ChannelError) || error.failure !== "unauthorized") throw error;
    return [{ type: "disconnected", reason: "The app was removed from the shop." }];
  }
}

/** Shopify shows no number there any more. */
function disconnected(delivery: Delivery): InboundFacts["signals"][number] {
  const level = read(DisconnectBody, delivery);
  return {
    type: "quantity_shown",
    externalId: gid("InventoryItem", level.inventory_item_id),
    externalLocationId: gid("Location", level.location_id),
    available: null,
    occurredAt: delivery.receivedAt,
  };
}

function read<T>(schema: z.ZodType<T>, { topic, body }: Delivery): T {
  try {
    return schema.parse(parseBody(body));
  } catch {
    // The parser's own words would quote the body.
    throw new ChannelError("rejected", `the body of ${topic} could not be read`, { code: "malformed_body" });
  }
}
