import { z } from "zod";
import { eventTypes, type Asked, type RecordedEvent, type Reservation } from "../domain/types.ts";
import { composite } from "./composite.ts";

/** The columns of an event, in the order the hash covers them. */
export const eventColumns = [
  "position",
  "merchant_id",
  "event_id",
  "event_type",
  "sku",
  "location_id",
  "to_location_id",
  "quantity",
  "set_on_hand",
  "on_hand_change",
  "reserved_change",
  "on_hand",
  "reserved",
  "to_on_hand",
  "to_reserved",
  "reservation_id",
  "expires_at",
  "order_id",
  "reason",
  "source",
  "occurred_at",
  "recorded_at",
  "hash",
] as const;

/** An event as the database gives it. */
export interface EventRow {
  position: number;
  merchant_id: string;
  event_id: string;
  event_type: string;
  sku: string;
  location_id: string;
  to_location_id: string | null;
  quantity: number | null;
  set_on_hand: number | null;
  on_hand_change: number;
  reserved_change: number;
  on_hand: number;
  reserved: number;
  to_on_hand: number | null;
  to_reserved: number | null;
  reservation_id: string | null;
  expires_at: Date | null;
  order_id: string | null;
  reason: string | null;
  source: string;
  occurred_at: Date;
  recorded_at: Date;
  hash: Uint8Array;
}

const eventType = z.enum(eventTypes);

export function eventFromRow(row: EventRow): RecordedEvent {
  return {
    position: row.position,
    merchantId: row.merchant_id,
    eventId: row.event_id,
    eventType: eventType.parse(row.event_type),
    sku: row.sku,
    locationId: row.location_id,
    toLocationId: row.to_location_id,
    quantity: row.quantity,
    setOnHand: row.set_on_hand,
    onHandChange: row.on_hand_change,
    reservedChange: row.reserved_change,
    balance: { onHand: row.on_hand, reserved: row.reserved },
    toBalance:
      row.to_on_hand === null || row.to_reserved === null
        ? null
        : { onHand: row.to_on_hand, reserved: row.to_reserved },
    reservationId: row.reservation_id,
    expiresAt: row.expires_at?.getTime() ?? null,
    orderId: row.order_id,
    reason: row.reason,
    source: row.source,
    occurredAt: row.occurred_at.getTime(),
    recordedAt: row.recorded_at.getTime(),
    hash: row.hash,
  };
}

/** In the order of the table's columns. */
export function eventToRow(event: RecordedEvent): string {
  return composite([
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
    dateOf(event.expiresAt),
    event.orderId,
    event.reason,
    event.source,
    dateOf(event.occurredAt),
    dateOf(event.recordedAt),
    event.hash,
  ]);
}

const storedLines = z.array(
  z.object({ sku: z.string(), location_id: z.string(), quantity: z.number(), open: z.number() }),
);
const storedAsked = z.object({ ttl_ms: z.number(), order_id: z.string().nullable(), source: z.string() }).nullable();
const storedState = z.enum(["held", "committed", "released", "expired", "cancelled"]);

/** A reservation as the database gives it. */
export interface ReservationRow {
  merchant_id: string;
  reservation_id: string;
  state: string;
  lines: unknown;
  expires_at: Date | null;
  order_id: string | null;
  source: string;
  asked: unknown;
}

export function reservationFromRow(row: ReservationRow): Reservation {
  return {
    state: storedState.parse(row.state),
    lines: storedLines.parse(row.lines).map(({ location_id, ...line }) => ({ ...line, locationId: location_id })),
    expiresAt: row.expires_at?.getTime() ?? null,
    orderId: row.order_id,
    source: row.source,
    asked: askedFromRow(row.asked),
  };
}

function askedFromRow(stored: unknown): Asked | null {
  const asked = storedAsked.parse(stored);
  return asked && { ttlMs: asked.ttl_ms, orderId: asked.order_id, source: asked.source };
}

/** In the order of the table's columns. */
export function reservationToRow({
  merchantId,
  reservationId,
  reservation,
}: {
  readonly merchantId: string;
  readonly reservationId: string;
  readonly reservation: Reservation;
}): string {
  const { state, expiresAt, orderId, source } = reservation;
  return composite([
    merchantId,
    reservationId,
    state,
    linesToRow(reservation),
    dateOf(expiresAt),
    orderId,
    source,
    askedToRow(reservation),
  ]);
}

export function linesToRow({ lines }: Reservation): string {
  return JSON.stringify(
    lines.map(({ sku, locationId, quantity, open }) => ({ sku, location_id: locationId, quantity, open })),
  );
}

export function askedToRow({ asked }: Reservation): string | null {
  return asked && JSON.stringify({ ttl_ms: asked.ttlMs, order_id: asked.orderId, source: asked.source });
}

/** ISO text: `pg` would format a Date in the machine's own time zone. */
export function dateOf(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
