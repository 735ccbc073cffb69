import type { LedgerEvent } from "@lastunit/store";

/** The ledger's word that `acme` received the first units of a SKU at a location. */
export function received(position: number, sku: string, quantity: number, location = "WH-1"): LedgerEvent {
  return {
    position,
    merchant_id: "acme",
    event_id: `test:${position}`,
    event_type: "inventory.receiving",
    sku,
    location_id: location,
    to_location_id: null,
    quantity_change: quantity,
    on_hand_change: quantity,
    reserved_change: 0,
    on_hand: quantity,
    reserved: 0,
    available: quantity,
    to_on_hand: null,
    to_reserved: null,
    order_id: null,
    reason: null,
    source: "test",
    timestamp: "2026-03-15T14:22:03.412Z",
    recorded_at: "2026-03-15T14:22:03.498Z",
    hash: "00".repeat(32),
  };
}
