/* oxlint-disable vitest/expect-expect -- `then…` of the specification are the assertions */
import { describe, it } from "vitest";
import { given } from "../../test/specification.ts";
import {
  commit,
  expire,
  hold,
  letGo,
  line,
  orderCancelled,
  receive,
  release,
  reserve,
  sell,
  ttlMs,
} from "../../test/told.ts";

describe("reserve", () => {
  it("holds every line by an event of its own, until its time is over", () => {
    given(receive(5), receive(5, { sku: "B" }))
      .when(reserve("r", [line(2), line(1, "B")], { orderId: "o" }), 1_000)
      .thenRecorded(
        {
          eventId: "reservation:r:line:1:reserve",
          eventType: "inventory.reserve",
          sku: "A",
          quantity: 2,
          onHandChange: 0,
          reservedChange: 2,
          expiresAt: 1_000 + ttlMs,
          orderId: "o",
        },
        { eventId: "reservation:r:line:2:reserve", sku: "B", reservedChange: 1, expiresAt: 1_000 + ttlMs },
      )
      .thenStock(5, 2)
      .thenStock(5, 1, { sku: "B" })
      .thenReservation("r", "held");
  });

  it("takes the last available unit, and refuses one more, naming each short line", () => {
    const stock = [receive(5), hold(2, "other"), receive(1, { sku: "B" })];
    given(...stock)
      .when(reserve("r", [line(3)]))
      .thenRecorded({ reservedChange: 3 });
    given(...stock)
      .when(reserve("r", [line(4), line(1, "B"), line(1, "C")]))
      .thenRefused("insufficient_stock", {
        lines: [
          { sku: "A", location_id: "WH1", requested: 4, available: 3 },
          { sku: "C", location_id: "WH1", requested: 1, available: 0 },
        ],
      })
      .thenStock(5, 2)
      .thenStock(1, 0, { sku: "B" })
      .thenReservation("r", undefined);
  });

  it("adds up the lines that name the same SKU and location", () => {
    given(receive(3))
      .when(reserve("r", [line(2), line(2)]))
      .thenRefused("insufficient_stock", { lines: [{ sku: "A", location_id: "WH1", requested: 4, available: 3 }] });
    given(receive(4))
      .when(reserve("r", [line(2), line(2)]))
      .thenRecorded({ reservedChange: 2 }, { reservedChange: 2 });
  });

  it("does not add up the units of two locations", () => {
    given(receive(1), receive(1, { locationId: "WH2" }))
      .when(reserve("r", [line(2)]))
      .thenRefused("insufficient_stock")
      .when(reserve("r", [line(1), line(1, "A", "WH2")]))
      .thenAccepted()
      .thenStock(1, 1)
      .thenStock(1, 1, { locationId: "WH2" });
  });

  it("is refused while available is below zero", () => {
    given(sell(1))
      .when(reserve("r", [line(1)]))
      .thenRefused("insufficient_stock", { lines: [{ sku: "A", location_id: "WH1", requested: 1, available: -1 }] });
  });

  it("does nothing when it comes twice, also when there is nothing left or the reservation has ended", () => {
    const asked = reserve("r", [line(2)]);
    given(receive(2), asked).when(asked).thenNothing();
    given(receive(2), asked, commit("r")).when(asked).thenNothing().thenReservation("r", "committed");
    given(receive(2), asked, release("r")).when(asked).thenNothing().thenReservation("r", "released").thenStock(2, 0);
  });

  it("is decided anew after a refusal", () => {
    given(receive(1))
      .when(reserve("r", [line(2)]))
      .thenRefused("insufficient_stock")
      .when(receive(1))
      .thenAccepted()
      .when(reserve("r", [line(2)]))
      .thenRecorded({ reservedChange: 2 });
  });

  it("is refused when its id comes back with another body, and says in which fields", () => {
    const lines = [line(2), line(1, "B")];
    const story = given(receive(9), receive(9, { sku: "B" }), reserve("r", lines, { orderId: "o" }));
    const others = [
      [reserve("r", [line(3), line(1, "B")], { orderId: "o" }), ["lines.0.quantity"]],
      [reserve("r", [line(2), line(1, "B", "WH2")], { orderId: "o" }), ["lines.1.location_id"]],
      [reserve("r", [line(1, "B"), line(1, "B")], { orderId: "o" }), ["lines.0.sku", "lines.0.quantity"]],
      [reserve("r", [line(2)], { orderId: "o" }), ["lines"]],
      [reserve("r", [...lines, line(1)], { orderId: "o" }), ["lines"]],
      [reserve("r", lines, { orderId: "p" }), ["order_id"]],
      [reserve("r", lines), ["order_id"]],
      [reserve("r", lines, { orderId: "o", ttlMs: ttlMs + 1 }), ["ttl_seconds"]],
      [reserve("r", lines, { orderId: "o", source: "till" }), ["source"]],
    ] as const;
    for (const [other, fields] of others)
      story.when(other).thenRefused("idempotency_conflict", { fields: [...fields] });
  });

  it("is known again after the commit has named another order", () => {
    const asked = reserve("r", [line(2)], { orderId: "o" });
    given(receive(9), asked, commit("r", "p")).when(asked).thenNothing();
  });

  it("of a reservation that an event made is compared by its lines alone", () => {
    given(receive(9), hold(2, "r"))
      .when(reserve("r", [line(2)], { orderId: "o" }))
      .thenNothing();
  });
});

describe("commit", () => {
  const held = [receive(5), receive(5, { sku: "B" }), reserve("r", [line(2), line(1, "B")], { orderId: "o" })];

  it("turns each line into a sale that consumes it", () => {
    given(...held)
      .when(commit("r"))
      .thenRecorded(
        {
          eventId: "reservation:r:line:1:sale",
          eventType: "inventory.sale",
          onHandChange: -2,
          reservedChange: -2,
          orderId: "o",
        },
        { eventId: "reservation:r:line:2:sale", sku: "B", onHandChange: -1, reservedChange: -1 },
      )
      .thenStock(3, 0)
      .thenStock(4, 0, { sku: "B" })
      .thenReservation("r", "committed");
  });

  it("may name the order, which wins over the one named before", () => {
    given(...held)
      .when(commit("r", "p"))
      .thenRecorded({ orderId: "p" }, { orderId: "p" });
  });

  it("is refused when it comes twice for different orders, and repeated without an order", () => {
    given(...held, commit("r", "p"))
      .when(commit("r"))
      .thenNothing()
      .when(commit("r", "p"))
      .thenNothing()
      .when(commit("r", "o"))
      .thenRefused("idempotency_conflict", { fields: ["order_id"] });
    given(receive(1), reserve("r", [line(1)]), commit("r"))
      .when(commit("r", "o"))
      .thenRefused("idempotency_conflict", { fields: ["order_id"] });
  });

  it("does nothing when it comes twice", () => {
    given(...held, commit("r"))
      .when(commit("r"))
      .thenNothing()
      .thenStock(3, 0);
  });

  it("sells only what sales have left of it", () => {
    given(...held, sell(2, { reservationId: "r" }))
      .when(commit("r"))
      .thenRecorded({ sku: "B", eventId: "reservation:r:line:2:sale" })
      .thenStock(3, 0);
  });

  it("sells a hold that was made by an event and has no expiry", () => {
    given(receive(5), hold(2, "r")).when(commit("r"), Number.MAX_SAFE_INTEGER).thenRecorded({ onHandChange: -2 });
  });

  it("is in time until its last millisecond, and refused as expired from the next", () => {
    given(...held)
      .when(commit("r"), ttlMs - 1)
      .thenAccepted()
      .thenReservation("r", "committed");
    given(...held)
      .when(commit("r"), ttlMs)
      .thenRefused("reservation_expired");
  });

  it("ends what it refuses as expired, so that nobody else is answered otherwise, by whatever clock", () => {
    given(...held)
      .when(commit("r"), ttlMs)
      .thenRefused("reservation_expired")
      .thenReservation("r", "expired")
      .thenStock(5, 0)
      .when(commit("r"), ttlMs - 1)
      .thenRefused("reservation_expired")
      .when(release("r"), ttlMs - 1)
      .thenNothing()
      .thenReservation("r", "expired");
  });

  it("is refused once the reservation has ended otherwise", () => {
    given(...held, release("r"))
      .when(commit("r"))
      .thenRefused("reservation_released");
    given(receive(5), hold(2, "r"), letGo(null, "r", orderCancelled))
      .when(commit("r"))
      .thenRefused("reservation_released");
    given(...held)
      .when(expire("r"), ttlMs)
      .thenAccepted()
      .when(commit("r"))
      .thenRefused("reservation_expired");
  });

  it("is refused for a reservation nobody made", () => {
    given().when(commit("none")).thenRefused("unknown_reservation");
  });
});

describe("release", () => {
  const held = [receive(5), receive(5, { sku: "B" }), reserve("r", [line(2), line(1, "B")], { orderId: "o" })];

  it("gives each line back", () => {
    given(...held)
      .when(release("r"))
      .thenRecorded(
        {
          eventId: "reservation:r:line:1:release",
          eventType: "inventory.release",
          onHandChange: 0,
          reservedChange: -2,
          reason: "released",
          orderId: "o",
        },
        { eventId: "reservation:r:line:2:release", sku: "B", reservedChange: -1 },
      )
      .thenStock(5, 0)
      .thenReservation("r", "released");
  });

  it("gives back only what sales have left of it", () => {
    given(...held, sell(1, { reservationId: "r" }))
      .when(release("r"))
      .thenRecorded({ reservedChange: -1 }, { sku: "B", reservedChange: -1 })
      .thenStock(4, 0);
  });

  it("after its time is over gives it back as expired, though nobody had noticed yet", () => {
    given(...held)
      .when(release("r"), ttlMs)
      .thenRecorded({ reason: "expired", reservedChange: -2 }, { reason: "expired", reservedChange: -1 })
      .thenReservation("r", "expired");
    given(...held)
      .when(release("r"), ttlMs - 1)
      .thenRecorded({ reason: "released" }, { reason: "released" })
      .thenReservation("r", "released");
  });

  it("does nothing when it comes twice, or after the time was over", () => {
    given(...held, release("r"))
      .when(release("r"))
      .thenNothing();
    given(...held)
      .when(expire("r"), ttlMs)
      .thenAccepted()
      .when(release("r"))
      .thenNothing()
      .thenReservation("r", "expired");
  });

  it("is refused once it is a sale, also by a sale that came before its reserve", () => {
    given(...held, commit("r"))
      .when(release("r"))
      .thenRefused("reservation_committed")
      .thenStock(3, 0);
    given(sell(1, { reservationId: "s" }))
      .when(release("s"))
      .thenRefused("reservation_committed");
  });

  it("is refused for a reservation nobody made", () => {
    given().when(release("none")).thenRefused("unknown_reservation");
  });
});

describe("expiry", () => {
  const held = [receive(5), reserve("r", [line(2)])];

  it("gives back what is still reserved, at the time and not a millisecond before", () => {
    given(...held)
      .when(expire("r"), ttlMs - 1)
      .thenNothing()
      .when(expire("r"), ttlMs)
      .thenRecorded({ eventType: "inventory.release", reservedChange: -2, reason: "expired" })
      .thenStock(5, 0)
      .thenReservation("r", "expired");
  });

  it("gives back only what sales have left of it", () => {
    given(...held, sell(1, { reservationId: "r" }))
      .when(expire("r"), ttlMs)
      .thenRecorded({ reservedChange: -1 })
      .thenStock(4, 0);
  });

  it("does nothing to a reservation that has ended or has no expiry", () => {
    given(...held, commit("r"))
      .when(expire("r"), ttlMs)
      .thenNothing();
    given(...held, release("r"))
      .when(expire("r"), ttlMs)
      .thenNothing();
    given(receive(5), hold(2, "s")).when(expire("s"), Number.MAX_SAFE_INTEGER).thenNothing().thenStock(5, 2);
  });

  it("is refused for a reservation nobody made (it was accepted, and the missing reservation failed its whole batch)", () => {
    given().when(expire("none"), ttlMs).thenRefused("unknown_reservation");
  });
});
