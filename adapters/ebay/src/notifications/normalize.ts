import { ChannelError, type CallContext, type Delivery, type InboundFacts } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbayClient } from "../client.ts";
import { accountOf, EbaySettings } from "../connection.ts";
import { EbayOrder, snapshotOf } from "../orders.ts";
import { readEnvelope } from "./envelope.ts";

const nothing: InboundFacts = { orders: [], movements: [], signals: [] };

/** eBay documents that ORDER_CONFIRMATION carries the order's id, not where in `data`. */
const OrderId = z.string().regex(/^[A-Za-z0-9!|-]{1,64}$/);
const OrderHint = z.union([
  z.object({ orderId: OrderId }).transform(({ orderId }) => orderId),
  z.object({ order: z.object({ orderId: OrderId }) }).transform(({ order }) => order.orderId),
]);

/**
 * ORDER_CONFIRMATION is a hint: the order itself is always fetched. AUTHORIZATION_REVOCATION ends the connection of
 * the seller it names; eBay sends it once a keyset, and a keyset may serve several sellers.
 * MARKETPLACE_ACCOUNT_DELETION asks to erase a user; nothing of buyers is kept, so it has no effect. Others neither.
 */
export async function normalize(client: EbayClient, delivery: Delivery, call: CallContext): Promise<InboundFacts> {
  switch (delivery.topic) {
    case "ORDER_CONFIRMATION": {
      const order = await getOrder(client, orderIdOf(delivery), call);
      return { ...nothing, orders: [snapshotOf(order)] };
    }
    case "AUTHORIZATION_REVOCATION":
      return isOfOurSeller(client, delivery)
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

/** Where eBay withholds the name nothing follows; a revoked seller's next call is refused in any case. */
function isOfOurSeller(client: EbayClient, { body }: Delivery): boolean {
  const named = z.object({ username: EbaySettings.shape.seller }).safeParse(readEnvelope(body)?.notification.data);
  return named.success && accountOf({ seller: named.data.username }) === accountOf(client.settings);
}

/** The notification may outrun the order: not found means not yet, and polling brings it in any case. */
async function getOrder(client: EbayClient, orderId: string, call: CallContext): Promise<EbayOrder> {
  try {
    return await client.asSeller("fulfillment", EbayOrder, call, (api) =>
      api.sell.fulfillment.getOrder(encodeURIComponent(orderId)),
    );
  } catch (error) {
    if (!(error instanceof ChannelError) || error.httpStatus !== 404) throw error;
    throw new ChannelError("unavailable", `eBay does not know order ${orderId} yet`, { code: error.code });
  }
}
