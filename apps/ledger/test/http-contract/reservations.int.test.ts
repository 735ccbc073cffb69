import { until } from "@lastunit/test-support";
import { describe, expect, it } from "vitest";
import { useService } from "../fixtures.ts";
import { event } from "../service.ts";

const { ask, stocked, stockOf } = useService();

describe("reservations", () => {
  const reserve = (id: string, lines: unknown, more: Record<string, unknown> = {}) =>
    ask("POST", "/v1/reservations", { reservation_id: id, lines, ttl_seconds: 60, ...more });

  it("holds units, and answers a repeat with the same reservation", async () => {
    const sku = await stocked(5);
    const lines = [{ sku, location_id: "WH1", quantity: 2 }];
    const first = await reserve("r1", lines);
    expect(first).toMatchObject({ status: 201, body: { reservation_id: "r1", state: "held", lines } });
    const again = await reserve("r1", lines);
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(await stockOf(sku)).toMatchObject({ on_hand: 5, reserved: 2, available: 3 });
  });

  it("refuses an id that comes back with another body, and says which fields differ", async () => {
    const sku = await stocked(5);
    const line = { sku, location_id: "WH1", quantity: 2 };
    await reserve("r1-again", [line], { order_id: "o", source: "till" });
    const others = [
      [await reserve("r1-again", [{ ...line, quantity: 3 }], { order_id: "o", source: "till" }), "lines.0.quantity"],
      [await reserve("r1-again", [line], { order_id: "p", source: "till" }), "order_id"],
      [await reserve("r1-again", [line], { order_id: "o", source: "till", ttl_seconds: 61 }), "ttl_seconds"],
      [await reserve("r1-again", [line], { order_id: "o" }), "source"],
    ] as const;
    for (const [answer, field] of others) {
      const conflict = { code: "idempotency_conflict", retry: "never", reservation_id: "r1-again", fields: [field] };
      expect(answer).toMatchObject({ status: 409, body: conflict });
    }
    expect((await reserve("r1-again", [line], { order_id: "o", source: "till" })).status).toBe(200);
    expect(await stockOf(sku)).toMatchObject({ reserved: 2 });
  });

  it("keeps the lines it was asked for: a reserve event that names it is refused, and a repeat answered as before", async () => {
    const sku = await stocked(5);
    const lines = [{ sku, location_id: "WH1", quantity: 2 }];
    const { body } = await reserve("r1-kept", lines);
    const added = event({ sku, event_type: "inventory.reserve", quantity: 1, reservation_id: "r1-kept" });
    expect((await ask("POST", "/v1/events", { events: [added] })).body.results).toMatchObject([
      { code: "idempotency_conflict", retry: "never", reservation_id: "r1-kept", fields: ["reservation_id"] },
    ]);
    expect(await reserve("r1-kept", lines)).toMatchObject({ status: 200, body });
    expect(await stockOf(sku)).toMatchObject({ reserved: 2 });
  });

  it("is named by the Idempotency-Key header when the body does not, and needs one of them", async () => {
    const sku = await stocked(5);
    const body = { lines: [{ sku, location_id: "WH1", quantity: 1 }], ttl_seconds: 60 };
    const key = { "idempotency-key": "cart-9" };
    const first = await ask("POST", "/v1/reservations", body, key);
    expect(first).toMatchObject({ status: 201, body: { reservation_id: "cart-9" } });
    expect(await ask("POST", "/v1/reservations", body, key)).toMatchObject({ status: 200, body: first.body });
    expect(await ask("POST", "/v1/reservations", { ...body, ttl_seconds: 90 }, key)).toMatchObject({
      status: 409,
      body: { code: "idempotency_conflict", fields: ["ttl_seconds"] },
    });
    const own = await ask("POST", "/v1/reservations", { ...body, reservation_id: "own" }, key);
    expect(own).toMatchObject({ status: 201, body: { reservation_id: "own" } });
    expect(await ask("POST", "/v1/reservations", body)).toMatchObject({
      status: 400,
      body: { code: "invalid_request", errors: [{ field: "reservation_id" }] },
    });
  });

  it("is all or nothing, also when two lines name the same SKU", async () => {
    const sku = await stocked(3);
    const line = { sku, location_id: "WH1", quantity: 2 };
    const answer = await reserve("r2", [line, line]);
    expect(answer).toMatchObject({
      status: 409,
      body: { code: "insufficient_stock", lines: [{ sku, location_id: "WH1", requested: 4, available: 3 }] },
    });
    expect(await stockOf(sku)).toMatchObject({ reserved: 0 });
  });

  it("decides a refused reservation anew when it is asked again", async () => {
    const sku = await stocked(1);
    const lines = [{ sku, location_id: "WH1", quantity: 2 }];
    expect((await reserve("r3", lines)).status).toBe(409);
    await ask("POST", "/v1/events", { events: [event({ sku, quantity: 1 })] });
    expect((await reserve("r3", lines)).status).toBe(201);
  });

  it("becomes a sale by commit, once; then it can't be released", async () => {
    const sku = await stocked(5);
    await reserve("r4", [{ sku, location_id: "WH1", quantity: 2 }]);
    const first = await ask("POST", "/v1/reservations/r4/commit", { order_id: "o4" });
    expect(first).toMatchObject({ status: 200, body: { state: "committed", order_id: "o4" } });
    expect(await ask("POST", "/v1/reservations/r4/commit", { order_id: "o4" })).toMatchObject({
      status: 200,
      body: first.body,
    });
    expect(await ask("POST", "/v1/reservations/r4/commit", { order_id: "another" })).toMatchObject({
      status: 409,
      body: { code: "idempotency_conflict", fields: ["order_id"] },
    });
    expect(await stockOf(sku)).toMatchObject({ on_hand: 3, reserved: 0 });
    expect(await ask("DELETE", "/v1/reservations/r4")).toMatchObject({
      status: 409,
      body: { code: "reservation_committed" },
    });
  });

  it("is given back by release, once; then it can't be committed", async () => {
    const sku = await stocked(5);
    await reserve("r5", [{ sku, location_id: "WH1", quantity: 2 }]);
    const first = await ask("DELETE", "/v1/reservations/r5");
    expect(first).toMatchObject({ status: 200, body: { state: "released" } });
    expect(await ask("DELETE", "/v1/reservations/r5")).toMatchObject({ status: 200, body: first.body });
    expect(await stockOf(sku)).toMatchObject({ on_hand: 5, reserved: 0 });
    expect(await ask("POST", "/v1/reservations/r5/commit", {})).toMatchObject({
      status: 409,
      body: { code: "reservation_released" },
    });
  });

  it("can be committed without a body", async () => {
    const sku = await stocked(1);
    await reserve("r6", [{ sku, location_id: "WH1", quantity: 1 }]);
    expect((await ask("POST", "/v1/reservations/r6/commit")).status).toBe(200);
  });

  it("expires by an event in the log within a second, and can't be committed after", async () => {
    const sku = await stocked(3);
    const held: { reservation_id: string; expires_at: string }[] = [];
    for (const ttl_seconds of [1, 2, 3]) {
      const lines = [{ sku, location_id: "WH1", quantity: 1 }];
      held.push((await reserve(`expires-${ttl_seconds}`, lines, { ttl_seconds })).body);
    }
    await until("all are released", async () => (await stockOf(sku)).reserved === 0);
    const { events } = (await ask("GET", `/v1/stock/${sku}/history`)).body;
    const late = held.map(({ reservation_id, expires_at }) => {
      const [end] = events.filter((one: Record<string, unknown>) => one["reservation_id"] === reservation_id);
      expect(end).toMatchObject({ event_type: "inventory.release", reason: "expired", quantity_change: -1 });
      return Date.parse(end.recorded_at) - Date.parse(expires_at);
    });
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    // One of them: this machine may have paused when another's time was over.
    expect(Math.min(...late)).toBeLessThan(1_000);
    expect(await ask("POST", "/v1/reservations/expires-1/commit", {})).toMatchObject({
      status: 409,
      body: { code: "reservation_expired" },
    });
  });

  it("answers 404 for one that does not exist", async () => {
    expect(await ask("DELETE", "/v1/reservations/none")).toMatchObject({
      status: 404,
      body: { code: "unknown_reservation" },
    });
  });

  it("is consumed by a sale event that names it", async () => {
    const sku = await stocked(3);
    await reserve("r8", [{ sku, location_id: "WH1", quantity: 1 }]);
    await ask("POST", "/v1/events", {
      events: [event({ sku, event_type: "inventory.sale", quantity: 1, reservation_id: "r8" })],
    });
    expect(await stockOf(sku)).toMatchObject({ on_hand: 2, reserved: 0 });
    expect((await ask("POST", "/v1/reservations/r8/commit", {})).body).toMatchObject({ state: "committed" });
  });

  it("is consumed by a sale event from another location, too: nothing stays reserved there", async () => {
    const sku = await stocked(3);
    await reserve("r9", [{ sku, location_id: "WH1", quantity: 1 }]);
    const sale = event({ sku, location_id: "WH2", event_type: "inventory.sale", quantity: 1, reservation_id: "r9" });
    const { body } = await ask("POST", "/v1/events", { events: [sale] });
    expect(body.results).toMatchObject([{ event_id: sale["event_id"], status: "recorded", on_hand: -1, reserved: 0 }]);
    expect(await stockOf(sku)).toMatchObject({
      on_hand: 2,
      reserved: 0,
      locations: [
        { location_id: "WH1", on_hand: 3, reserved: 0 },
        { location_id: "WH2", on_hand: -1, reserved: 0 },
      ],
    });
    expect((await ask("POST", "/v1/events", { events: [sale] })).body.results[0].status).toBe("duplicate");
    expect((await ask("POST", "/v1/reservations/r9/commit")).body).toMatchObject({ state: "committed" });
  });

  it("refuses a reserve that comes after the sale it belonged to", async () => {
    const sku = await stocked(3);
    await ask("POST", "/v1/events", {
      events: [event({ sku, event_type: "inventory.sale", quantity: 1, reservation_id: "late" })],
    });
    const late = await ask("POST", "/v1/events", {
      events: [event({ sku, event_type: "inventory.reserve", quantity: 1, reservation_id: "late" })],
    });
    expect(late.body.results[0]).toMatchObject({ status: "refused", code: "reservation_committed" });
    expect(await stockOf(sku)).toMatchObject({ on_hand: 2, reserved: 0 });
  });
});
