/* oxlint-disable vitest/expect-expect -- `then…` of the specification are the assertions */
import { describe, it } from "vitest";
import { given } from "../../test/specification.ts";
import { hold, letGo, line, orderCancelled, receive, reserve, sell } from "../../test/told.ts";

const enforce = { policy: "enforce" } as const;

describe("reserve", () => {
  it("adds to reserved, and never expires", () => {
    given(receive(5))
      .when(hold(2, "r"))
      .thenRecorded({ onHandChange: 0, reservedChange: 2, expiresAt: null })
      .thenStock(5, 2)
      .thenReservation("r", "held");
  });

  it("is a reservation of its own, by its event id, when it names none", () => {
    given(receive(5))
      .when(hold(2, null, { eventId: "order-1" }))
      .thenRecorded({ reservationId: "order-1" })
      .when(letGo(null, "order-1"))
      .thenRecorded({ reservedChange: -2 })
      .thenStock(5, 0);
  });

  it("is a fact: recorded also when it takes available below zero", () => {
    given(receive(1)).when(hold(2, "r")).thenAccepted().thenStock(1, 2);
  });

  it("under enforce takes the last available unit and refuses one more", () => {
    given(receive(5), hold(3, "r"))
      .when(hold(2, "s", enforce))
      .thenRecorded({ reservedChange: 2 });
    given(receive(5), hold(3, "r"))
      .when(hold(3, "s", enforce))
      .thenRefused("insufficient_stock", { available: 2, requested: 3 })
      .thenReservation("s", undefined);
  });

  it("adds a line to a reservation that events made and that is held", () => {
    given(receive(5), hold(1, "r"))
      .when(hold(2, "r"))
      .thenRecorded({ reservedChange: 2 })
      .thenStock(5, 3)
      .when(sell(3, { reservationId: "r" }))
      .thenRecorded({ reservedChange: -3 })
      .thenReservation("r", "committed");
  });

  it("adds nothing to a reservation that a request made: the unchanged repeat of that request was refused then", () => {
    const asked = reserve("r", [line(1)]);
    given(receive(5), asked)
      .when(hold(2, "r"))
      .thenRefused("idempotency_conflict", { reservation_id: "r", state: "held", fields: ["reservation_id"] })
      .when(hold(2, null, { eventId: "r" }))
      .thenRefused("idempotency_conflict", { reservation_id: "r" })
      .thenStock(5, 1)
      .when(asked)
      .thenNothing();
  });

  it("is refused once the reservation has ended, naming how", () => {
    const held = [receive(5), hold(2, "r")];
    given(...held, sell(2, { reservationId: "r" }))
      .when(hold(1, "r"))
      .thenRefused("reservation_committed");
    given(...held, letGo(null, "r"))
      .when(hold(1, "r"))
      .thenRefused("reservation_released");
    given(...held, letGo(null, "r", { reason: "expired" }))
      .when(hold(1, "r"))
      .thenRefused("reservation_expired");
    given(...held, letGo(null, "r", orderCancelled))
      .when(hold(1, "r"))
      .thenRefused("reservation_cancelled");
  });
});

describe("release", () => {
  it("gives back all that is still reserved when it names no quantity", () => {
    given(receive(5), hold(3, "r"))
      .when(letGo(null, "r"))
      .thenRecorded({ onHandChange: 0, reservedChange: -3 })
      .thenStock(5, 0)
      .thenReservation("r", "released");
  });

  it("gives back a part, up to all of it and not one unit more", () => {
    given(receive(5), hold(3, "r"))
      .when(letGo(1, "r"))
      .thenRecorded({ reservedChange: -1 })
      .thenReservation("r", "held")
      .when(letGo(3, "r"))
      .thenRefused("exceeds_reservation", { reserved: 2, requested: 3 })
      .when(letGo(2, "r"))
      .thenRecorded({ reservedChange: -2 })
      .thenReservation("r", "released");
  });

  it("is refused for a SKU or location the reservation does not hold", () => {
    given(receive(5), hold(3, "r"))
      .when(letGo(null, "r", { sku: "B" }))
      .thenRefused("exceeds_reservation", { reserved: 0 })
      .when(letGo(1, "r", { locationId: "WH2" }))
      .thenRefused("exceeds_reservation", { reserved: 0, requested: 1 });
  });

  it("is refused for a reservation nobody made", () => {
    given(receive(5)).when(letGo(1, "none")).thenRefused("unknown_reservation");
  });

  it("is refused once the reservation has ended, naming how", () => {
    const held = [receive(5), hold(2, "r")];
    given(...held, sell(2, { reservationId: "r" }))
      .when(letGo(null, "r"))
      .thenRefused("reservation_committed");
    given(...held, letGo(null, "r"))
      .when(letGo(null, "r"))
      .thenRefused("reservation_released");
    given(...held, letGo(null, "r", { reason: "expired" }))
      .when(letGo(null, "r"))
      .thenRefused("reservation_expired");
    given(...held, letGo(null, "r", orderCancelled))
      .when(letGo(null, "r"))
      .thenRefused("reservation_cancelled");
  });
});

describe("a sale that names a reservation", () => {
  it("consumes it and ends it", () => {
    given(receive(5), hold(2, "r"))
      .when(sell(2, { reservationId: "r" }))
      .thenRecorded({ onHandChange: -2, reservedChange: -2 })
      .thenStock(3, 0)
      .thenReservation("r", "committed");
  });

  it("consumes a part of it, and the rest stays reserved until it is sold or given back", () => {
    const partly = [receive(5), hold(3, "r"), sell(1, { reservationId: "r" })];
    given(...partly)
      .thenStock(4, 2)
      .thenReservation("r", "held")
      .when(sell(2, { reservationId: "r" }))
      .thenRecorded({ onHandChange: -2, reservedChange: -2 })
      .thenReservation("r", "committed");
    given(...partly)
      .when(letGo(null, "r"))
      .thenRecorded({ reservedChange: -2 })
      .thenStock(4, 0)
      .thenReservation("r", "released");
  });

  it("sells more than was reserved, consuming only what was", () => {
    given(receive(5), hold(2, "r"))
      .when(sell(3, { reservationId: "r" }))
      .thenRecorded({ onHandChange: -3, reservedChange: -2 })
      .thenStock(2, 0)
      .thenReservation("r", "committed");
  });

  it("consumes only lines of its own SKU", () => {
    given(receive(5), receive(5, { sku: "B" }), hold(1, "r"), hold(2, "r", { sku: "B" }))
      .when(sell(2, { sku: "B", reservationId: "r" }))
      .thenRecorded({ sku: "B", reservedChange: -2 })
      .thenStock(5, 1)
      .thenReservation("r", "held");
  });

  it("at another location gives back what was held elsewhere, by a release before it, and ends it (it stayed reserved)", () => {
    given(receive(5), receive(5, { locationId: "WH2" }), hold(2, "r"))
      .when(sell(2, { locationId: "WH2", reservationId: "r", eventId: "s", orderId: "o" }))
      .thenRecorded(
        {
          eventId: "reservation:r:sold-elsewhere:s:1",
          eventType: "inventory.release",
          locationId: "WH1",
          quantity: 2,
          onHandChange: 0,
          reservedChange: -2,
          reservationId: "r",
          orderId: "o",
          reason: "sold_elsewhere",
        },
        { eventId: "s", locationId: "WH2", onHandChange: -2, reservedChange: 0 },
      )
      .thenStock(5, 0)
      .thenStock(3, 0, { locationId: "WH2" })
      .thenReservation("r", "committed");
  });

  it("takes from its own location first, then from the others as the reservation names them, and no more than was sold", () => {
    const elsewhere = { locationId: "WH2" };
    given(receive(5), hold(1, "r", { locationId: "WH3" }), hold(1, "r"), hold(1, "r", elsewhere), hold(1, "r"))
      .when(sell(3, { ...elsewhere, reservationId: "r" }))
      .thenRecorded(
        { eventType: "inventory.release", locationId: "WH3", reservedChange: -1 },
        { eventType: "inventory.release", locationId: "WH1", reservedChange: -1 },
        { eventType: "inventory.sale", locationId: "WH2", onHandChange: -3, reservedChange: -1 },
      )
      .thenStock(5, 1)
      .thenReservation("r", "held");
  });

  it("under enforce needs the units where they are sold: those held elsewhere don't count, and stay held", () => {
    const there = { locationId: "WH2", reservationId: "r", policy: "enforce" } as const;
    given(receive(5), receive(1, { locationId: "WH2" }), hold(2, "r"))
      .when(sell(2, there))
      .thenRefused("insufficient_stock", { requested: 2, available: 1 })
      .thenStock(5, 2)
      .when(sell(1, there))
      .thenRecorded({ reservedChange: -1 }, { onHandChange: -1 })
      .thenStock(5, 1);
  });

  it("is sold from what is free once the reservation was given back", () => {
    given(receive(5), hold(2, "r"), letGo(null, "r"))
      .when(sell(2, { reservationId: "r" }))
      .thenRecorded({ onHandChange: -2, reservedChange: 0 })
      .thenReservation("r", "released");
  });

  it("is refused once the reservation's order was cancelled: it is old news", () => {
    given(receive(5), hold(2, "r"), letGo(null, "r", orderCancelled))
      .thenReservation("r", "cancelled")
      .when(sell(2, { reservationId: "r" }))
      .thenRefused("reservation_cancelled")
      .thenStock(5, 0);
  });

  it("leaves a mark when it comes before the reserve, which is then refused", () => {
    given(receive(5), sell(2, { reservationId: "r" }))
      .thenStock(3, 0)
      .thenReservation("r", "committed")
      .when(hold(2, "r"))
      .thenRefused("reservation_committed")
      .thenStock(3, 0);
  });
});
