import { describe, expect, it } from "vitest";
import { useService } from "../fixtures.ts";
import { event } from "../service.ts";

const { ask, stocked, stockOf } = useService();

describe("POST /v1/events", () => {
  it("applies each of the seven event types as the table says", async () => {
    const sku = "seven";
    const told = { sku, location_id: "WH1" };
    const answer = await ask("POST", "/v1/events", {
      events: [
        event({ ...told, event_type: "inventory.receiving", quantity: 20 }),
        event({ ...told, event_type: "inventory.sale", quantity: 3, order_id: "o1" }),
        event({ ...told, event_type: "inventory.return", quantity: 1, reason: "order_returned" }),
        event({ ...told, event_type: "inventory.adjustment", quantity: -2 }),
        event({ ...told, event_type: "inventory.adjustment", quantity: undefined, set_on_hand: 15 }),
        event({ ...told, event_type: "inventory.transfer", quantity: 5, to_location_id: "WH2" }),
        event({ ...told, event_type: "inventory.reserve", quantity: 4, reservation_id: "r-seven" }),
        event({ ...told, event_type: "inventory.release", quantity: 1, reservation_id: "r-seven" }),
      ],
    });
    expect(answer.status).toBe(200);
    expect(answer.body.results.map((r: { on_hand: number; reserved: number }) => [r.on_hand, r.reserved])).toEqual([
      [20, 0],
      [17, 0],
      [18, 0],
      [16, 0],
      [15, 0],
      [10, 0],
      [10, 4],
      [10, 3],
    ]);
    expect(await stockOf(sku)).toMatchObject({
      on_hand: 15,
      reserved: 3,
      available: 12,
      locations: [
        { location_id: "WH1", on_hand: 10, reserved: 3, available: 7 },
        { location_id: "WH2", on_hand: 5, reserved: 0, available: 5 },
      ],
    });
  });

  it("answers a repeat as a duplicate with the first outcome, and changes nothing", async () => {
    const sku = await stocked(10);
    const sale = event({ sku, event_type: "inventory.sale", quantity: 2 });
    const first = await ask("POST", "/v1/events", { events: [sale] });
    await ask("POST", "/v1/events", { events: [event({ sku, quantity: 5 })] });
    const again = await ask("POST", "/v1/events", { events: [{ ...sale, timestamp: "2026-03-15T14:22:04Z" }] });
    expect(again.body.results[0]).toEqual({ ...first.body.results[0], status: "duplicate" });
    expect(await stockOf(sku)).toMatchObject({ on_hand: 13 });
  });

  it("refuses an id that comes back with other content, and says which field differs", async () => {
    const sku = await stocked(10);
    const sale = event({ sku, event_type: "inventory.sale", quantity: 2 });
    await ask("POST", "/v1/events", { events: [sale] });
    const again = await ask("POST", "/v1/events", { events: [{ ...sale, quantity: 3 }] });
    expect(again.body.results[0]).toEqual({
      event_id: sale["event_id"],
      status: "refused",
      code: "idempotency_conflict",
      message: expect.stringMatching(/at position \d+ with quantity 2, not 3\.$/),
      retry: "never",
      position: expect.any(Number),
      fields: ["quantity"],
    });
    expect(await stockOf(sku)).toMatchObject({ on_hand: 8 });
  });

  it("names an event without an id by the Idempotency-Key header, and knows it again", async () => {
    const sku = await stocked(10);
    const events = [1, 2].map((quantity) =>
      event({ event_id: undefined, sku, event_type: "inventory.sale", quantity }),
    );
    const key = { "idempotency-key": "order-77" };
    const first = await ask("POST", "/v1/events", { events }, key);
    expect(first.body.results).toMatchObject([
      { event_id: "order-77:1", status: "recorded" },
      { event_id: "order-77:2", status: "recorded" },
    ]);
    const again = await ask("POST", "/v1/events", { events: events.toReversed() }, key);
    expect(again.body.results).toMatchObject([
      { event_id: "order-77:1", code: "idempotency_conflict", fields: ["quantity"] },
      { event_id: "order-77:2", code: "idempotency_conflict", fields: ["quantity"] },
    ]);
    expect((await ask("POST", "/v1/events", { events }, key)).body.results).toMatchObject([
      { status: "duplicate" },
      { status: "duplicate" },
    ]);
    expect(await stockOf(sku)).toMatchObject({ on_hand: 7 });
    expect(await ask("POST", "/v1/events", { events }, { "idempotency-key": "x".repeat(256) })).toMatchObject({
      status: 400,
      body: { errors: [{ field: "Idempotency-Key" }] },
    });
  });

  it("applies an id that stands twice in one request once", async () => {
    const sku = await stocked(10);
    const sale = event({ sku, event_type: "inventory.sale", quantity: 1 });
    const answer = await ask("POST", "/v1/events", { events: [sale, sale] });
    expect(answer.body.results.map((r: { status: string }) => r.status)).toEqual(["recorded", "duplicate"]);
    expect(await stockOf(sku)).toMatchObject({ on_hand: 9 });
  });

  it("records a marketplace's sale below zero, and refuses it under enforce", async () => {
    const sku = await stocked(1);
    const sale = { sku, event_type: "inventory.sale", quantity: 2 };
    const refused = await ask("POST", "/v1/events", { events: [event({ ...sale, policy: "enforce" })] });
    expect(refused.body.results[0]).toMatchObject({ status: "refused", code: "insufficient_stock" });
    const recorded = await ask("POST", "/v1/events", { events: [event(sale)] });
    expect(recorded.body.results[0]).toMatchObject({ status: "recorded", available: -1 });
  });

  it.each([
    ["a negative quantity", { quantity: -1 }, "events.0.quantity"],
    ["a fraction", { quantity: 1.5 }, "events.0.quantity"],
    ["an unknown type", { event_type: "inventory.theft" }, "events.0.event_type"],
    ["a missing SKU", { sku: undefined }, "events.0.sku"],
    ["an unknown field", { colour: "blue" }, "events.0"],
    ["a timestamp without a zone", { timestamp: "2026-03-15 14:22" }, "events.0.timestamp"],
    ["a NUL in an id", { sku: "a\u0000b" }, "events.0.sku"],
    ["half a surrogate pair in an id", { sku: "a\ud800" }, "events.0.sku"],
    ["a NUL in a reason, which the database can't keep", { reason: "a\u0000b" }, "events.0.reason"],
    ["a time before year 1", { timestamp: "0001-01-01T00:00:00+12:00" }, "events.0.timestamp"],
    ["a time after year 9999", { timestamp: "9999-12-31T23:59:59-12:00" }, "events.0.timestamp"],
    ["an id of the ledger's own", { event_id: "reservation:1:line:1:sale" }, "events.0.event_id"],
  ])("answers %s with 400 and the field, and records nothing", async (_what, told, field) => {
    const before = await ask("GET", "/health/ready");
    const answer = await ask("POST", "/v1/events", { events: [event(told)] });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(answer.body).toMatchObject({ code: "invalid_request", errors: [{ field }] });
    expect((await ask("GET", "/health/ready")).body.position).toBe(before.body.position);
  });

  it.each([
    ["GET", "/v1/stock/a%00b"],
    ["GET", "/v1/stock/a%00b/history"],
    ["DELETE", "/v1/reservations/a%00b"],
    ["POST", "/v1/reservations/a%00b/commit"],
  ])("answers %s %s with 400, as no id holds a NUL", async (method, path) => {
    expect(await ask(method, path)).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  });

  it("answers NaN, which is not JSON, with 400", async () => {
    const answer = await ask("POST", "/v1/events", '{"events":[{"quantity":NaN}]}');
    expect(answer).toMatchObject({ status: 400, body: { code: "malformed_json" } });
  });

  it("answers a body of 10 MB with 413", async () => {
    const answer = await ask("POST", "/v1/events", { events: [event({ reason: "x".repeat(10_000_000) })] });
    expect(answer).toMatchObject({ status: 413, body: { code: "too_large" } });
  });

  it("leaves the rest of a batch unaffected by an invalid event", async () => {
    const sku = await stocked(5);
    const answer = await ask("POST", "/v1/events", {
      events: [event({ sku, quantity: 1 }), event({ sku, quantity: -1 }), event({ sku, quantity: 2 })],
    });
    expect(answer.status).toBe(200);
    expect(answer.body.results).toMatchObject([
      { status: "recorded" },
      { status: "refused", code: "invalid_event", field: "events.1.quantity" },
      { status: "recorded" },
    ]);
    expect(await stockOf(sku)).toMatchObject({ on_hand: 8 });
  });

  it.each(["1e5", "1.10", "A/B #1+", "Größe 42 ☂"])("keeps the SKU %j as it is", async (sku) => {
    await ask("POST", "/v1/events", { events: [event({ sku, quantity: 7 })] });
    expect(await stockOf(sku)).toMatchObject({ sku, on_hand: 7 });
  });
});
