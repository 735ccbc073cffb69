import { ChannelError, type CallContext, type Delivery, type InboundFacts } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "../client.ts";
import { accountOf, EbaySettings } from "../connection.ts";
import { EbayOrder, snapshotOf } from "../orders.ts";
import { readEnvelope } from "./envelope.ts";

const UNKNOWN_ORDER = "32100";

const nothing: InboundFacts = { orders: [], movements: [], signals: [] };

/** eBay documents that ORDER_CONFIRMATION carries the order's id, not where in `data`. */
const OrderId = z.string().regex(/^[A-Za-z0-9!|-]{1,64}$/);
const OrderHint = z.union([
  z.object({ orderId: OrderId }).transform(({ orderId }) => orderId),
  z.object({ order: z.object({ orderId: OrderId }) }).transform(({ order }) => order.orderId),
]);

/**
 * Hints, both of them. ORDER_CONFIRMATION: the order itself is always fetched. AUTHORIZATION_REVOCATION: eBay is asked
 * whether the consent still stands, for the seller may have agreed again before we hear of it. eBay sends it once a
 * keyset, which may serve several sellers.
 * MARKETPLACE_ACCOUNT_DELETION asks to erase a user; nothing of buyers is kept, so it has no effect. Others neither.
 */
export async function normalize(client: EbayClient, delivery: Delivery, call: CallContext): Promise<InboundFacts> {
  switch (delivery.topic) {
    case "ORDER_CONFIRMATION": {
      const order = await getOrder(client, orderIdOf(delivery), call);
      return { ...nothing, orders: [snapshotOf(order)] };
    }
    case "AUTHORIZATION_REVOCATION":
      return mayBeOurSeller(client, delivery) && !(await client.consentStands(call))
        ? { ...nothing, signals: [{ type: "disconnected", reason: "the seller removed the app on eBay" }] }
        : nothing;
    default:
      return nothing;
  }
}

function orderIdOf({ body }: Delivery): string {
  const orderId = OrderHint.safeParse(readEnvelope(body)?.notification.data);
  if (orderId.success) return orderId.data;
  throw new ChannelError("rejected", "the ORDER_CONFIRMATION names no order", { code: "no_order_id" });
}

/** eBay may withhold the name. */
function mayBeOurSeller(client: EbayClient, { body }: Delivery): boolean {
  const named = z.object({ username: EbaySettings.shape.seller }).safeParse(readEnvelope(body)?.notification.data);
  return !named.success || accountOf({ seller: named.data.username }) === accountOf(client.settings);
}

/** The notification may outrun the order: not found means not yet, and polling brings it in any case. */
async function getOrder(client: EbayClient, orderId: string, call: CallContext): Promise<EbayOrder> {
  try {
    return await client.asSeller("fulfillment", EbayOrder, call, (api) =>
      api.sell.fulfillment.getOrder(encodeURIComponent(orderId)),
    );
  } catch (error) {
    if (!(error instanceof ChannelError) || !isUnknownOrder(error)) throw error;
    throw new ChannelError("unavailable", `eBay does not know order ${orderId} yet`, { code: error.code });
  }
}

/** eBay's documents leave open whether its id for that comes with 400 or 404. */
function isUnknownOrder({ httpStatus, code, failure }: ChannelError): boolean {
  return failure === "rejected" && (httpStatus === 404 || code === UNKNOWN_ORDER);
}
