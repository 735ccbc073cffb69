import type { StockMovement } from "@lastunit/adapter-contract";
import type { NewEvent } from "@lastunit/ledger/client";
import { emptyPlan, type EventPlan } from "./order-events.ts";

export interface MovementContext {
  readonly channelKey: string;
  readonly kind: string;
  /** The ledger's location for the channel's; null when the channel names one that is not mapped. */
  readonly knownLocationOf: (externalLocationId: string | null) => string | null;
}

/**
 * A stock movement as the ledger records it, one to one. Unlike an order, which must be recorded even when its
 * location is unknown, a movement at an unmapped location is not: counting it elsewhere would make two locations wrong.
 */
export function movementEvents(context: MovementContext, movement: StockMovement): EventPlan {
  const location = context.knownLocationOf(movement.externalLocationId);
  if (location === null) return unmapped(movement, movement.externalLocationId);
  const target = context.knownLocationOf(movement.toExternalLocationId ?? null);
  if (target === null) return unmapped(movement, movement.toExternalLocationId ?? null);
  return { ...emptyPlan, events: [eventOf(context, movement, location, target)] };
}

function eventOf(context: MovementContext, movement: StockMovement, location: string, target: string): NewEvent {
  const base = {
    event_id: `${context.channelKey}:${movement.key}`,
    sku: movement.sku,
    location_id: location,
    source: context.kind,
    timestamp: movement.occurredAt,
    order_id: movement.orderId ?? null,
    reason: movement.reason ?? null,
  };
  // The ledger answers `invalid_event` when a quantity is missing, and the delivery says so.
  const quantity = movement.quantity ?? 0;
  switch (movement.eventType) {
    case "inventory.adjustment":
      return {
        ...base,
        event_type: movement.eventType,
        quantity: movement.quantity ?? null,
        set_on_hand: movement.setOnHand ?? null,
      };
    case "inventory.transfer":
      return { ...base, event_type: movement.eventType, quantity, to_location_id: target };
    case "inventory.sale":
      return { ...base, event_type: movement.eventType, quantity };
    case "inventory.return":
    case "inventory.receiving":
      return { ...base, event_type: movement.eventType, quantity };
  }
}

function unmapped(movement: StockMovement, externalLocationId: string | null): EventPlan {
  return {
    ...emptyPlan,
    unmapped: [`${movement.key}: no location of this channel is known as ${externalLocationId ?? "its default"}`],
  };
}
