/* oxlint-disable vitest/expect-expect -- `then…` of the specification are the assertions */
import { describe, it } from "vitest";
import { given } from "../../test/specification.ts";
import { adjust, count, hold, letGo, orderCancelled, receive, sell, takeBack, transfer } from "../../test/told.ts";

const enforce = { policy: "enforce" } as const;

describe("receiving", () => {
  it("adds to on hand", () => {
    given(receive(5)).when(receive(3)).thenRecorded({ onHandChange: 3, reservedChange: 0 }).thenStock(8, 0);
  });
});

describe("return", () => {
  it("adds to on hand, whatever its reason", () => {
    given(receive(5), sell(2))
      .when(takeBack(1, { reason: "order_returned" }))
      .thenRecorded({ onHandChange: 1, reason: "order_returned" })
      .when(takeBack(1, orderCancelled))
      .thenRecorded({ onHandChange: 1, reason: "order_cancelled" })
      .thenStock(5, 0);
  });

  it("leaves a reservation it names as it was", () => {
    given(receive(5), hold(2, "r"), sell(2, { reservationId: "r" }))
      .when(takeBack(2, { reservationId: "r" }))
      .thenRecorded({ onHandChange: 2, reservedChange: 0 })
      .thenReservation("r", "committed");
  });
});

describe("sale", () => {
  it("takes from on hand", () => {
    given(receive(5)).when(sell(2)).thenRecorded({ onHandChange: -2, reservedChange: 0 }).thenStock(3, 0);
  });

  it("is a fact: recorded also when it takes available below zero", () => {
    given(receive(1)).when(sell(2)).thenRecorded({ onHandChange: -2 }).thenStock(-1, 0);
  });

  it("under enforce takes the last available unit and refuses one more, saying what was available", () => {
    const stock = [receive(5), hold(2, "r")];
    given(...stock)
      .when(sell(3, enforce))
      .thenRecorded({ onHandChange: -3 })
      .thenStock(2, 2);
    given(...stock)
      .when(sell(4, enforce))
      .thenRefused("insufficient_stock", { available: 3, requested: 4 })
      .thenStock(5, 2);
  });

  it("under enforce counts units reserved for it as its own", () => {
    const stock = [receive(5), hold(2, "mine"), hold(2, "other")];
    given(...stock)
      .when(sell(3, { ...enforce, reservationId: "mine" }))
      .thenRecorded({ onHandChange: -3, reservedChange: -2 })
      .thenStock(2, 2);
    given(...stock)
      .when(sell(4, { ...enforce, reservationId: "mine" }))
      .thenRefused("insufficient_stock", { available: 1, requested: 2 });
  });

  it("under enforce refuses nothing that takes nothing from available, also below zero", () => {
    given(receive(1), hold(2, "r"))
      .when(sell(2, { ...enforce, reservationId: "r" }))
      .thenRecorded({ onHandChange: -2, reservedChange: -2 })
      .thenStock(-1, 0);
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

describe("adjustment", () => {
  it("changes on hand up or down, and may change nothing", () => {
    given(receive(5))
      .when(adjust(2))
      .thenRecorded({ onHandChange: 2 })
      .when(adjust(-3))
      .thenRecorded({ onHandChange: -3 })
      .when(adjust(0))
      .thenRecorded({ onHandChange: 0 })
      .thenStock(4, 0);
  });

  it("sets on hand to what was counted, whatever it was before", () => {
    given(receive(5), hold(1, "r"))
      .when(count(7))
      .thenRecorded({ onHandChange: 2, setOnHand: 7, quantity: null })
      .when(count(0))
      .thenRecorded({ onHandChange: -7 })
      .thenStock(0, 1);
  });

  it("under enforce goes down to what is reserved and not one below", () => {
    const stock = [receive(5), hold(2, "r")];
    given(...stock)
      .when(adjust(-3, enforce))
      .thenRecorded({ onHandChange: -3 });
    given(...stock)
      .when(adjust(-4, enforce))
      .thenRefused("insufficient_stock", { available: 3, requested: 4 });
    given(...stock)
      .when(count(2, enforce))
      .thenRecorded({ onHandChange: -3 });
    given(...stock)
      .when(count(1, enforce))
      .thenRefused("insufficient_stock", { available: 3, requested: 4 });
  });

  it("under enforce may go up while available is below zero", () => {
    given(sell(5)).when(count(-2, enforce)).thenRecorded({ onHandChange: 3 }).thenStock(-2, 0);
  });
});

describe("transfer", () => {
  it("is one event that takes here and gives there", () => {
    given(receive(5))
      .when(transfer(2, "WH2"))
      .thenRecorded({ onHandChange: -2, reservedChange: 0, toLocationId: "WH2" })
      .thenStock(3, 0)
      .thenStock(2, 0, { locationId: "WH2" });
  });

  it("under enforce moves the last available unit and refuses one more", () => {
    const stock = [receive(5), hold(2, "r"), receive(9, { locationId: "WH2" })];
    given(...stock)
      .when(transfer(3, "WH2", enforce))
      .thenRecorded({ onHandChange: -3 });
    given(...stock)
      .when(transfer(4, "WH2", enforce))
      .thenRefused("insufficient_stock", { available: 3, requested: 4 });
  });

  it("is recorded below zero otherwise: the units have been moved", () => {
    given(receive(1)).when(transfer(2, "WH2")).thenAccepted().thenStock(-1, 0).thenStock(2, 0, { locationId: "WH2" });
  });
});

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

  it("adds a line to a reservation that is held", () => {
    given(receive(5), hold(1, "r"))
      .when(hold(2, "r"))
      .thenRecorded({ reservedChange: 2 })
      .thenStock(5, 3)
      .when(sell(3, { reservationId: "r" }))
      .thenRecorded({ reservedChange: -3 })
      .thenReservation("r", "committed");
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

describe("a repeat", () => {
  it("is known by its id and changes nothing, whatever its time, source, reason or policy", () => {
    const sale = sell(2, { orderId: "o" });
    given(receive(2), sale, hold(1, "r"))
      .when(sale)
      .thenDuplicateOf(2)
      .when({ ...sale, occurredAt: 9, source: "poller", reason: "late", policy: "enforce" })
      .thenDuplicateOf(2)
      .thenStock(0, 1);
  });

  it("of a reserve that named no reservation is known as well", () => {
    const reserve = hold(2, null, { eventId: "order-1" });
    given(receive(5), reserve).when(reserve).thenDuplicateOf(2);
    given(receive(5), reserve)
      .when({ ...reserve, reservationId: "order-1" })
      .thenDuplicateOf(2);
  });

  it("of a reserve is known also after its reservation has ended", () => {
    const reserve = hold(2, "r");
    given(receive(5), reserve, letGo(null, "r")).when(reserve).thenDuplicateOf(2).thenStock(5, 0);
  });

  it("of a count does not count again", () => {
    const counted = count(7);
    given(counted, sell(2)).when(counted).thenDuplicateOf(1).thenStock(5, 0);
  });

  it("with other content is refused, and says where and in which field", () => {
    const sale = sell(2, { orderId: "o", reservationId: "r" });
    const changes = [
      [{ quantity: 3 }, "quantity"],
      [{ sku: "B" }, "sku"],
      [{ locationId: "WH2" }, "location_id"],
      [{ orderId: "p" }, "order_id"],
      [{ reservationId: "s" }, "reservation_id"],
      [{ eventType: "inventory.return" }, "event_type"],
    ] as const;
    for (const [change, field] of changes) {
      given(receive(5), sale)
        .when({ ...sale, ...change })
        .thenRefused("idempotency_conflict", { position: 2, fields: [field] })
        .thenStock(3, 0);
    }
  });

  it("of another merchant is not one", () => {
    const sale = sell(2);
    given(receive(5), sale)
      .when({ ...sale, merchantId: "other" })
      .thenRecorded({ merchantId: "other", onHandChange: -2 })
      .thenStock(3, 0);
  });
});
