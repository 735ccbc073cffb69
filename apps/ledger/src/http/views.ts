import type { z } from "zod";
import type { EventOutcome, ReservationOutcome } from "../commit/work.ts";
import { availableOf, type Balance, type RecordedEvent } from "../domain/types.ts";
import type { AuditReport } from "../read/audit.ts";
import { totalOf } from "../read/history.ts";
import type { LocationStock, SkuStock } from "../read/stock.ts";
import type { auditReport, eventResult, LogEvent, reservation, skuStock } from "./schemas.ts";

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

export function eventResultView(eventId: string, outcome: EventOutcome): z.infer<typeof eventResult> {
  if (outcome.status === "refused") {
    return { event_id: eventId, status: "refused", code: outcome.refusal.code, message: outcome.refusal.message };
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

/** @param merchantId only this merchant's mismatches, and missing events, which may be anyone's; null: everything. */
export function auditView(report: AuditReport, merchantId: string | null): z.infer<typeof auditReport> {
  const own = report.mismatches.filter(
    (mismatch) => merchantId === null || mismatch.merchantId === null || mismatch.merchantId === merchantId,
  );
  return {
    events: report.events,
    balances: report.balances,
    mismatches: own.map((mismatch) => ({
      kind: mismatch.kind,
      merchant_id: mismatch.merchantId,
      sku: mismatch.sku,
      location_id: mismatch.locationId,
      expected: mismatch.expected && balanceView(mismatch.expected),
      actual: mismatch.actual && balanceView(mismatch.actual),
      position: mismatch.position,
    })),
  };
}

function timeView(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
