import type { InboundFacts } from "@lastunit/adapter-contract";
import type { Logger } from "@lastunit/config";
import type { LedgerClient } from "@lastunit/ledger/client";
import { listChannelLocations, resolveOrderItems, type Channel } from "@lastunit/store";
import type { Pool } from "pg";
import { kindOf } from "../channels/kind.ts";
import { eventsOf, itemsOf } from "./events-of.ts";
import { recordPlan } from "./record-plan.ts";

/**
 * Brings what a channel told into the ledger; the same for deliveries and polled orders, and safe to repeat.
 * @returns one sentence for each thing that could not be recorded as it is; everything else is recorded.
 */
export async function recordFacts(
  parts: { readonly store: Pool; readonly ledger: LedgerClient; readonly log: Logger },
  channel: Channel,
  facts: Pick<InboundFacts, "orders" | "movements">,
): Promise<string[]> {
  if (facts.orders.length === 0 && facts.movements.length === 0) return [];
  const [locations, skus] = await Promise.all([
    listChannelLocations(parts.store, channel.channelId),
    resolveOrderItems(parts.store, channel.channelId, itemsOf(facts.orders)),
  ]);
  const { channelKey, defaultLocationId, merchantId } = channel;
  const source = { channelKey, kind: kindOf(channel), defaultLocationId, locations };
  return recordPlan(parts.ledger, merchantId, eventsOf(source, facts, skus), parts.log);
}
