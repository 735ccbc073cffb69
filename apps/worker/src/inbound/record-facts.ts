import type { InboundFacts, OrderSnapshot } from "@lastunit/adapter-contract";
import { adapterOf } from "@lastunit/adapters";
import type { Logger } from "@lastunit/config";
import type { LedgerClient } from "@lastunit/ledger/client";
import { findChannel, listChannelLocations, resolveOrderItems, type Channel } from "@lastunit/store";
import type { Pool } from "pg";
import { kindOf } from "../channels/kind.ts";
import { isFromBeforeConnection } from "./before-connection.ts";
import { eventsOf, itemsOf } from "./events-of.ts";
import { recordPlan, type RecordedPlan } from "./record-plan.ts";

/** Brings what a channel told into the ledger; the same for deliveries and polled orders, and safe to repeat. */
export async function recordFacts(
  parts: { readonly store: Pool; readonly ledger: LedgerClient; readonly log: Logger },
  channel: Channel,
  facts: Pick<InboundFacts, "orders" | "movements">,
): Promise<RecordedPlan> {
  const orders = facts.orders.filter((order) => isNews(order, channel, parts.log));
  const { movements } = facts;
  if (orders.length === 0 && movements.length === 0) return { problems: [], isNews: false };
  // Its default location may have been changed since the channel's client was made.
  const [newest, locations, skus] = await Promise.all([
    findChannel(parts.store, channel.channelId),
    listChannelLocations(parts.store, channel.channelId),
    resolveOrderItems(parts.store, channel.channelId, itemsOf(orders)),
  ]);
  const { channelKey, defaultLocationId, merchantId } = newest ?? channel;
  const kind = kindOf(channel);
  const { ordersMayPend = false } = adapterOf(kind).capabilities;
  const source = { channelKey, kind, ordersMayPend, defaultLocationId, locations };
  return recordPlan(parts.ledger, merchantId, eventsOf(source, { orders, movements }, skus), parts.log);
}

function isNews(order: OrderSnapshot, channel: Channel, log: Logger): boolean {
  if (!isFromBeforeConnection(order, channel.createdAt)) return true;
  const { channelKey, createdAt } = channel;
  log.debug(
    { channel: channelKey, order_id: order.orderId, placed_at: order.placedAt, connected_at: createdAt },
    "an order from before the connection is in the counted stock already and was skipped",
  );
  return false;
}
