import { ChannelError, type CallContext, type Delivery, type InboundFacts } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { AmazonClient } from "../client.ts";
import { parseJson } from "../errors.ts";
import { AmazonOrder, INCLUDED_DATA, ORDERS_VERSION, snapshotOf } from "../orders.ts";
import { Envelope } from "./envelope.ts";
import { OrderChange, wholeOrder } from "./order-change.ts";

const nothing: InboundFacts = { orders: [], movements: [], signals: [] };

/**
 * What a notification means. It is unsigned, comes late, twice or out of order, so it carries no more weight than the
 * poller's reading of the same order, and gives the same snapshot.
 *
 * @throws {ChannelError} `rejected` when a type we read is not of the documented shape.
 */
export async function normalize(client: AmazonClient, delivery: Delivery, call: CallContext): Promise<InboundFacts> {
  const envelope = Envelope.safeParse(parseJson(Buffer.from(delivery.body).toString("utf8"))).data;
  if (envelope?.type === "ORDER_CHANGE") return orderChanged(client, envelope, call);
  return nothing;
}

async function orderChanged(client: AmazonClient, envelope: Envelope, call: CallContext): Promise<InboundFacts> {
  const { sellerId, marketplaceId } = client.settings;
  const change = parsed(OrderChange, envelope);
  const { FulfillmentType, MarketplaceId } = change.Summary;
  // FBA orders take nothing from the merchant's stock; several sellers or marketplaces may share a queue.
  if (FulfillmentType !== "MFN" || change.SellerId !== sellerId || MarketplaceId !== marketplaceId) return nothing;
  const order = wholeOrder(change) ?? (await readOrder(client, change.AmazonOrderId, call));
  return { ...nothing, orders: [order] };
}

async function readOrder(client: AmazonClient, orderId: string, call: CallContext) {
  const { order } = await client.asSeller(
    {
      name: "getOrder",
      operation: "orders.getOrder",
      version: ORDERS_VERSION,
      path: { orderId },
      query: { includedData: INCLUDED_DATA },
      answer: z.object({ order: AmazonOrder }),
    },
    call,
  );
  return snapshotOf(order);
}

function parsed<T>(schema: z.ZodType<T>, { type, payload }: Envelope): T {
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  throw new ChannelError("rejected", `a notification ${type} is not of the documented shape`, {
    code: "malformed_notification",
  });
}
