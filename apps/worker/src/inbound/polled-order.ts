import { createHash } from "node:crypto";
import {
  ChannelError,
  orderSnapshotSchema,
  type Delivery,
  type InboundFacts,
  type OrderSnapshot,
  type VerifiedDelivery,
} from "@lastunit/adapter-contract";

/** No platform names a topic so. */
const TOPIC = "poll";

/**
 * A polled order as a delivery of its own, named by the order and a digest of its snapshot: the same snapshot polled
 * again is the same delivery, a newer one of the order is another.
 */
export function polledOrderDelivery(order: OrderSnapshot): VerifiedDelivery & Pick<Delivery, "headers" | "body"> {
  const body = Buffer.from(JSON.stringify(order));
  const digest = createHash("sha256").update(body).digest("hex").slice(0, 32);
  return { deliveryId: `poll:${order.orderId}:${digest}`, topic: TOPIC, headers: {}, body };
}

export function isPolledOrder(delivery: Delivery): boolean {
  return delivery.topic === TOPIC;
}

/** @throws {ChannelError} `rejected` when it was stored in a shape that is no longer read. */
export function readPolledOrder(delivery: Delivery): InboundFacts {
  const parsed = orderSnapshotSchema.safeParse(parseJson(delivery.body));
  if (parsed.success) return { orders: [parsed.data], movements: [], signals: [] };
  throw new ChannelError("rejected", "the polled order was stored in a shape this version does not know", {
    code: "unknown_shape",
  });
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    return undefined;
  }
}
