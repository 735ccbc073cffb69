import type { z } from "zod";
import type { EventOutcome, ReservationOutcome } from "../commit/work.ts";
import { refusals, type Refusal } from "../domain/refusal.ts";
import { availableOf, type Balance, type RecordedEvent, type Reservation } from "../domain/types.ts";
import { totalOf } from "../read/history.ts";
import type { Mismatch } from "../read/mismatch.ts";
import type { LocationStock, SkuStock } from "../read/stock.ts";
import type { auditMismatch, eventResult, LogEvent, reservation, skuStock } from "./schemas.ts";

export function balanceView(balance: Balance) {
  return { on_hand: balance.onHand, reserved: balance.reserved, available: availableOf(balance) };
}

export function eventView(event: RecordedEvent): LogEvent {
  const isHold = event.eventType === "inventory.reserve" || event.eventType === "inventory.release";
  const to = event.toBalance;
  return {
    position: event.position,
    merchant_id: event.merchantId,
    event_id: event.eventId,
    event_type: event.eventType,
    sku: event.sku,
    location_id: event.locationId,
    to_location_id: event.toLocationId,
    quantity_change: isHold ? event.reservedChange : event.onHandChange,
    on_hand_change: event.onHandChange,
    reserved_change: event.reservedChange,
    ...balanceView(event.balance),
    new_available: availableOf(event.balance),
    to_on_hand: to?.onHand ?? null,
    to_reserved: to?.reserved ?? null,
    to_available: to ? availableOf(to) : null,
    reservation_id: event.reservationId,
    expires_at: timeView(event.expiresAt),
    order_id: event.orderId,
    reason: event.reason,
    source: event.source,
    timestamp: new Date(event.occurredAt).toISOString(),
    recorded_at: new Date(event.recordedAt).toISOString(),
    hash: Buffer.from(event.hash).toString("hex"),
  };
}

/** A refusal's facts: its code, whether the same can succeed later, what was asked and what there was. */
export function refusalView({ code, message, detail }: Refusal) {
  return { code, message, retry: refusals[code].retry, ...detail };
}

export function eventResultView(eventId: string, outcome: EventOutcome): z.infer<typeof eventResult> {
  if (outcome.status === "refused") {
    return { event_id: eventId, status: "refused", ...refusalView(outcome.refusal) };
  }
  const { position, balance } = outcome.event;
  return { event_id: eventId, status: outcome.status, position, ...balanceView(balance) };
}

export function reservationView(
  reservationId: string,
  outcome: Extract<ReservationOutcome, { status: "done" }>,
): z.infer<typeof reservation> {
  const { state, expiresAt, orderId, lines } = outcome.reservation;
  return {
    reservation_id: reservationId,
    state,
    expires_at: timeView(expiresAt),
    order_id: orderId,
    lines: lines.map(({ sku, locationId, quantity }) => ({ sku, location_id: locationId, quantity })),
  };
}

export function locationsView(locations: readonly LocationStock[]) {
  return locations.map(({ locationId, balance }) => ({ location_id: locationId, ...balanceView(balance) }));
}

export function skuStockView({ sku, locations }: SkuStock): z.infer<typeof skuStock> {
  return { sku, ...balanceView(totalOf(locations)), locations: locationsView(locations) };
}

export function mismatchView(mismatch: Mismatch): z.infer<typeof auditMismatch> {
  const { kind, merchantId, position } = mismatch;
  const nowhere = { sku: null, location_id: null, reservation_id: null, expected: null, actual: null };
  const said = { kind, merchant_id: merchantId, ...nowhere, position };
  switch (mismatch.kind) {
    case "chain":
      return { ...said, sku: mismatch.sku, location_id: mismatch.locationId };
    case "reservation":
      return {
        ...said,
        reservation_id: mismatch.reservationId,
        expected: mismatch.expected && auditedReservationView(mismatch.expected),
        actual: mismatch.actual && auditedReservationView(mismatch.actual),
      };
    case "balance":
    case "event":
      return {
        ...said,
        sku: mismatch.sku,
        location_id: mismatch.locationId,
        expected: balanceView(mismatch.expected),
        actual: mismatch.actual && balanceView(mismatch.actual),
      };
  }
}

function auditedReservationView({ state, lines, expiresAt, orderId, source, asked }: Reservation) {
  return {
    state,
    lines: lines.map(({ sku, locationId, quantity, open }) => ({ sku, location_id: locationId, quantity, open })),
    expires_at: timeView(expiresAt),
    order_id: orderId,
    source,
    asked: asked && { ttl_seconds: asked.ttlMs / 1_000, order_id: asked.orderId, source: asked.source },
  };
}

function timeView(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
