/* oxlint-disable vitest/expect-expect -- `then…` of the specification are the assertions */
import { describe, it } from "vitest";
import { given } from "../../test/specification.ts";
import { count, hold, letGo, receive, sell } from "../../test/told.ts";

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
