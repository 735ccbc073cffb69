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
import { doubtsOf, listingNodes } from "./doubts.ts";
import { inTurn } from "./in-turn.ts";
import type { WalmartSettings } from "./credentials.ts";
import { parseJson } from "./json.ts";
import { id, time } from "./numbers.ts";
import { isSellerFulfilled, toSnapshot } from "./orders.ts";
import { readOrder } from "./read-order.ts";
import { readReturns } from "./returns.ts";

const nothing: InboundFacts = { orders: [], movements: [], signals: [] };

/** What changes an order's stock. INTENT_TO_CANCEL is a buyer's wish, nothing is cancelled yet; the set is open. */
const orderEvents = ["PO_CREATED", "PO_LINE_AUTOCANCELLED", "FRAUD_CANCEL"];
/** A change that an event tells of is younger than this; deliveries are repeated for hours. */
const HEARD_WITHIN_MS = 24 * 3_600_000;

const OrderUpdate = z.object({
  payload: z.object({ subEventType: z.string(), order: z.object({ purchaseOrderId: id }) }),
});
/** The standalone forms that ORDER_UPDATES replaced. */
const StandaloneOrderEvent = z.object({ payload: z.object({ purchaseOrderId: id }) });
const OutOfStock = z.object({
  source: z.object({ eventTime: time.optional() }),
  payload: z.object({ sku: id, shipNodes: z.array(z.object({ shipNode: id })).default([]) }),
});
/** RETURN_CREATED and its kind. Their names are not all documented; what they have in common is the returns' ids. */
const ReturnEvent = z.object({ payload: z.object({ returnOrders: z.array(z.object({ returnOrderId: id })) }) });
const NamesReturns = z.object({ payload: z.object({ returnOrders: z.array(z.unknown()) }) });

/**
 * What an event means. An event of an order or a return is only a hint: its fields are documented in part, so it is read
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
  if (NamesReturns.safeParse(body).success) {
    return settings.restockReturns === "yes"
      ? { ...nothing, orders: await returned(client, readAs(ReturnEvent, body), call) }
      : nothing;
  }
  const orderId = orderToRead(delivery.topic, body);
  return orderId === undefined ? nothing : await orderFacts(client, orderId, settings, delivery, call);
}

function orderToRead(topic: string, body: unknown): string | undefined {
  if (topic === "ORDER_UPDATES") {
    const { subEventType, order } = readAs(OrderUpdate, body).payload;
    return orderEvents.includes(subEventType) ? order.purchaseOrderId : undefined;
  }
  return orderEvents.includes(topic) ? readAs(StandaloneOrderEvent, body).payload.purchaseOrderId : undefined;
}

async function orderFacts(
  client: WalmartClient,
  orderId: string,
  settings: WalmartSettings,
  delivery: Delivery,
  call: CallContext,
): Promise<InboundFacts> {
  const order = await readOrder(client, orderId, call);
  if (!order) {
    throw new ChannelError("unavailable", "Walmart told of an order it does not show yet", {
      code: "order_not_visible",
      httpStatus: 404,
    });
  }
  if (!isSellerFulfilled(order)) return nothing;
  const since = Date.parse(delivery.receivedAt) - HEARD_WITHIN_MS;
  return { ...nothing, orders: [toSnapshot(order)], signals: doubtsOf([order], since, settings) };
}

async function returned(
  client: WalmartClient,
  { payload }: z.infer<typeof ReturnEvent>,
  call: CallContext,
): Promise<readonly OrderSnapshot[]> {
  const ids = [...new Set(payload.returnOrders.map(({ returnOrderId }) => returnOrderId))];
  const pages = await inTurn(ids, 1, (returnOrderId) =>
    readReturns(client, `?returnOrderId=${encodeURIComponent(returnOrderId)}`, call),
  );
  return pages.flatMap(({ orders }) => orders);
}

/** The listings that ran out, by their own node or by all of ours together. It may be our own 0, or sales not heard of. */
function outOfStock(
  event: z.infer<typeof OutOfStock>,
  settings: WalmartSettings,
  delivery: Delivery,
): readonly ChannelSignal[] {
  const { sku, shipNodes } = event.payload;
  const told = shipNodes.length === 0 ? [null] : shipNodes.map(({ shipNode }) => shipNode);
  const nodes = new Set(told.flatMap((shipNode) => listingNodes(shipNode, settings)));
  return [...nodes].map((externalLocationId) => ({
    type: "quantity_doubted",
    externalId: sku,
    externalLocationId,
    occurredAt: event.source.eventTime ?? delivery.receivedAt,
  }));
}

function parseBody(delivery: Delivery): unknown {
  const body = parseJson(new TextDecoder().decode(delivery.body));
  if (body === undefined) throw malformed(delivery.topic);
  return body;
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
