import {
  ChannelError,
  type CallContext,
  type ChannelSignal,
  type Delivery,
  type InboundFacts,
  type OrderSnapshot,
} from "@lastunit/adapter-contract";
import { z } from "zod";
import type { WalmartClient } from "./client.ts";
import type { WalmartSettings } from "./credentials.ts";
import { isNotFound } from "./failures.ts";
import { quantity, time } from "./numbers.ts";
import { isSellerFulfilled, toSnapshot, WalmartOrder } from "./orders.ts";

const nothing: InboundFacts = { orders: [], movements: [], signals: [] };

/** What changes an order's stock. INTENT_TO_CANCEL is a buyer's wish, nothing is cancelled yet; the set is open. */
const orderEvents = ["PO_CREATED", "PO_LINE_AUTOCANCELLED", "FRAUD_CANCEL"];

const OrderUpdate = z.object({
  payload: z.object({ subEventType: z.string(), order: z.object({ purchaseOrderId: z.string().min(1) }) }),
});
/** The standalone forms that ORDER_UPDATES replaced. */
const StandaloneOrderEvent = z.object({ payload: z.object({ purchaseOrderId: z.string().min(1) }) });
const OutOfStock = z.object({
  source: z.object({ eventTime: time.optional() }),
  payload: z.object({
    sku: z.string().min(1),
    shipNodes: z.array(z.object({ shipNode: z.string(), availToSellQty: quantity.catch(0) })).default([]),
  }),
});
/** `GET /v3/orders/{id}`: the schema has the order bare, the sample and the API wrap it. */
const OrderAnswer = z.union([z.object({ order: WalmartOrder }).transform((body) => body.order), WalmartOrder]);

/**
 * What an event means. An order event is only a hint: its line fields are documented in part, so the order is read
 * from the API, and webhook and poll cannot disagree.
 *
 * @throws {ChannelError} `unavailable` when Walmart does not show the order yet: try again.
 */
export async function normalize(
  client: WalmartClient,
  settings: WalmartSettings,
  delivery: Delivery,
  call: CallContext,
): Promise<InboundFacts> {
  const body = parseBody(delivery);
  if (delivery.topic === "INVENTORY_OOS") {
    return { ...nothing, signals: outOfStock(readAs(OutOfStock, body), settings, delivery) };
  }
  const orderId = orderToRead(delivery.topic, body);
  return orderId === undefined ? nothing : { ...nothing, orders: await readOrder(client, orderId, call) };
}

function orderToRead(topic: string, body: unknown): string | undefined {
  if (topic === "ORDER_UPDATES") {
    const { subEventType, order } = readAs(OrderUpdate, body).payload;
    return orderEvents.includes(subEventType) ? order.purchaseOrderId : undefined;
  }
  return orderEvents.includes(topic) ? readAs(StandaloneOrderEvent, body).payload.purchaseOrderId : undefined;
}

async function readOrder(client: WalmartClient, orderId: string, call: CallContext): Promise<readonly OrderSnapshot[]> {
  const path = `/v3/orders/${encodeURIComponent(orderId)}?productInfo=false&replacementInfo=true`;
  try {
    const order = await client.send({ bucket: "orders", method: "GET", path, answer: OrderAnswer }, call);
    return isSellerFulfilled(order) ? [toSnapshot(order)] : [];
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new ChannelError("unavailable", "Walmart told of an order it does not show yet", {
      code: "order_not_visible",
      httpStatus: 404,
    });
  }
}

/** What the listing shows now: its ship node where one is named, else all nodes together. */
function outOfStock(
  event: z.infer<typeof OutOfStock>,
  settings: WalmartSettings,
  delivery: Delivery,
): readonly ChannelSignal[] {
  const externalLocationId = settings.shipNode ?? null;
  const { sku, shipNodes } = event.payload;
  const concerned = shipNodes.filter((node) => externalLocationId === null || node.shipNode === externalLocationId);
  if (shipNodes.length > 0 && concerned.length === 0) return [];
  return [
    {
      type: "quantity_shown",
      externalId: sku,
      externalLocationId,
      available: concerned.reduce((sum, node) => sum + Math.max(0, node.availToSellQty), 0),
      occurredAt: event.source.eventTime ?? delivery.receivedAt,
    },
  ];
}

function parseBody(delivery: Delivery): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(delivery.body)) as unknown;
  } catch {
    throw malformed(delivery.topic);
  }
}

function readAs<T>(shape: z.ZodType<T>, body: unknown): T {
  const parsed = shape.safeParse(body);
  if (parsed.success) return parsed.data;
  throw malformed(parsed.error.issues.map((issue) => issue.path.join(".")).join(", "));
}

function malformed(where: string): ChannelError {
  return new ChannelError("rejected", `A Walmart event has an unknown shape at: ${where}`, {
    code: "malformed_delivery",
  });
}
