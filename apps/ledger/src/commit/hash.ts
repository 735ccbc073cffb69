import { hash } from "node:crypto";
import type { RecordedEvent } from "../domain/types.ts";

/**
 * The hash of an event: SHA-256 over the hash before it and every field of the event. Changing, removing or inserting
 * an event breaks every hash after it.
 */
export function hashOf(previous: Uint8Array, event: Omit<RecordedEvent, "hash">): Buffer {
  const content = JSON.stringify([
    event.position,
    event.merchantId,
    event.eventId,
    event.eventType,
    event.sku,
    event.locationId,
    event.toLocationId,
    event.quantity,
    event.setOnHand,
    event.onHandChange,
    event.reservedChange,
    event.balance.onHand,
    event.balance.reserved,
    event.toBalance?.onHand ?? null,
    event.toBalance?.reserved ?? null,
    event.reservationId,
    event.expiresAt,
    event.orderId,
    event.reason,
    event.source,
    event.occurredAt,
    event.recordedAt,
  ]);
  return hash("sha256", Buffer.concat([previous, Buffer.from(content)]), "buffer");
}
