import { describe, expect, it } from "vitest";
import { MemoryBooks } from "../../test/books.ts";
import { merchantId } from "../../test/told.ts";
import { evolveBalance, evolveDestination, evolveReservation } from "./evolve.ts";
import type { StockEvent } from "./types.ts";

function fact(told: Partial<StockEvent>): StockEvent {
  return {
    merchantId,
    eventId: "e",
    eventType: "inventory.sale",
    sku: "A",
    locationId: "WH1",
    toLocationId: null,
    quantity: null,
    setOnHand: null,
    onHandChange: 0,
    reservedChange: 0,
    reservationId: "r",
    expiresAt: null,
    orderId: null,
    reason: null,
    source: "test",
    occurredAt: 0,
    ...told,
  };
}

const reserved = (units: number, told: Partial<StockEvent> = {}) =>
  fact({ eventType: "inventory.reserve", reservedChange: units, ...told });
const sold = (units: number, told: Partial<StockEvent> = {}) =>
  fact({ onHandChange: -units, reservedChange: -units, ...told });
const released = (units: number, reason: string | null = null) =>
  fact({ eventType: "inventory.release", reservedChange: -units, reason });

function reservationAfter(...events: readonly StockEvent[]) {
  const books = new MemoryBooks();
  for (const event of events) books.record(event);
  return books.reservation(merchantId, "r");
}

describe("a balance", () => {
  it("moves by what the event says it changed, below zero too: history is not up for debate", () => {
    expect(evolveBalance({ onHand: 1, reserved: 1 }, fact({ onHandChange: -3, reservedChange: -1 }))).toEqual({
      onHand: -2,
      reserved: 0,
    });
  });

  it("gets at a transfer's destination what the event took at its origin", () => {
    const transfer = fact({ eventType: "inventory.transfer", onHandChange: -3, toLocationId: "WH2" });
    expect(evolveDestination({ onHand: 1, reserved: 1 }, transfer)).toEqual({ onHand: 4, reserved: 1 });
  });
});

describe("a reservation", () => {
  it("is held from its first reserve, whose expiry, order and source it keeps, and what was asked for", () => {
    const first = reserved(2, { occurredAt: 10, expiresAt: 60, orderId: "o", source: "checkout" });
    const second = reserved(1, { sku: "B", expiresAt: 90, orderId: "p", source: "other" });
    expect(reservationAfter(first, second)).toEqual({
      state: "held",
      lines: [
        { sku: "A", locationId: "WH1", quantity: 2, open: 2 },
        { sku: "B", locationId: "WH1", quantity: 1, open: 1 },
      ],
      expiresAt: 60,
      orderId: "o",
      source: "checkout",
      asked: { ttlMs: 50, orderId: "o", source: "checkout" },
    });
  });

  it("uses up its lines in their order", () => {
    expect(reservationAfter(reserved(2), reserved(2), sold(3))).toMatchObject({
      state: "held",
      lines: [
        { quantity: 2, open: 0 },
        { quantity: 2, open: 1 },
      ],
    });
  });

  it("ends as what used up its last unit", () => {
    expect(reservationAfter(reserved(2), released(1), sold(1))?.state).toBe("committed");
    expect(reservationAfter(reserved(2), sold(1), released(1))?.state).toBe("released");
    expect(reservationAfter(reserved(2), released(2, "expired"))?.state).toBe("expired");
    expect(reservationAfter(reserved(2), released(2, "order_cancelled"))?.state).toBe("cancelled");
    expect(reservationAfter(reserved(2), released(2, "sold_elsewhere"))?.state).toBe("committed");
  });

  it("learns its order from the sale", () => {
    expect(reservationAfter(reserved(2), sold(2, { orderId: "o" }))?.orderId).toBe("o");
  });

  it("stays as it ended, whatever names it later", () => {
    const ended = reservationAfter(reserved(2), released(2));
    const later = [sold(2, { reservedChange: 0 }), fact({ eventType: "inventory.return", onHandChange: 2 })];
    for (const event of later) expect(evolveReservation(ended, event)).toBe(ended);
  });

  it("is remembered as committed by a sale that names it before it was made", () => {
    expect(reservationAfter(sold(2, { reservedChange: 0, orderId: "o" }))).toEqual({
      state: "committed",
      lines: [{ sku: "A", locationId: "WH1", quantity: 2, open: 0 }],
      expiresAt: null,
      orderId: "o",
      source: "test",
      asked: null,
    });
  });
});
