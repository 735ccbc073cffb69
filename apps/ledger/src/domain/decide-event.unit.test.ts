/* oxlint-disable vitest/expect-expect -- `then…` of the specification are the assertions */
import { describe, it } from "vitest";
import { given } from "../../test/specification.ts";
import { adjust, count, hold, orderCancelled, receive, sell, takeBack, transfer } from "../../test/told.ts";

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
      .thenRefused("insufficient_stock", { available: 3, requested: 4 });
  });

  it("refused under enforce says all that was asked for and what was available to it, its own units with both", () => {
    given(receive(6), hold(2, "mine"), hold(2, "other"))
      .when(sell(5, { ...enforce, reservationId: "mine" }))
      .thenRefusedSaying("5 of A at WH1 asked for, 4 available, counting the 2 reserved for it.")
      .when(sell(5, enforce))
      .thenRefusedSaying("5 of A at WH1 asked for, 2 available.");
    given(receive(3), hold(2, "mine"), hold(4, "other"))
      .when(sell(5, { ...enforce, reservationId: "mine" }))
      .thenRefused("insufficient_stock", { available: -1, requested: 5 });
  });

  it("under enforce refuses nothing that takes nothing from available, also below zero", () => {
    given(receive(1), hold(2, "r"))
      .when(sell(2, { ...enforce, reservationId: "r" }))
      .thenRecorded({ onHandChange: -2, reservedChange: -2 })
      .thenStock(-1, 0);
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
