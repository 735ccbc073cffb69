import type { ChannelKind, InboundFacts, OrderItem, OrderSnapshot } from "@lastunit/adapter-contract";
import { knownLocation, orderLocation, type ChannelLocations } from "./locations.ts";
import { movementEvents } from "./movement-events.ts";
import { joinPlans, orderEvents, type EventPlan } from "./order-events.ts";

export interface EventSource extends ChannelLocations {
  readonly channelKey: string;
  readonly kind: ChannelKind;
  /** Whether its orders may be pending at first. */
  readonly ordersMayPend: boolean;
}

/** The items of all order lines, in the order in which `eventsOf` takes their SKUs. */
export function itemsOf(orders: readonly OrderSnapshot[]): OrderItem[] {
  return orders.flatMap((order) => order.lines.map((line) => line.item));
}

/**
 * What a delivery or a page of polled orders means in the ledger.
 * @param skus the merchant's SKU of each of `itemsOf(facts.orders)`; null where no listing is known.
 */
export function eventsOf(
  source: EventSource,
  facts: Pick<InboundFacts, "orders" | "movements">,
  skus: readonly (string | null)[],
): EventPlan {
  const skuByItem = new Map(itemsOf(facts.orders).map((item, index) => [item, skus[index] ?? null]));
  const context = {
    channelKey: source.channelKey,
    kind: source.kind,
    ordersMayPend: source.ordersMayPend,
    skuOf: (line: { readonly item: OrderItem }) => skuByItem.get(line.item) ?? null,
    locationOf: (externalLocationId: string | null) => orderLocation(source, externalLocationId),
    knownLocationOf: (externalLocationId: string | null) => knownLocation(source, externalLocationId),
  };
  return joinPlans([
    ...facts.orders.map((order) => orderEvents(context, order)),
    ...facts.movements.map((movement) => movementEvents(context, movement)),
  ]);
}
