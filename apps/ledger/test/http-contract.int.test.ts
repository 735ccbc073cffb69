import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, event, serviceToken, startTestLedger, type TestLedger } from "./service.ts";

let service: TestLedger;
let url: string;

beforeAll(async () => {
  service = await startTestLedger();
  url = service.ledger.url;
});
afterAll(() => service.stop());

let skus = 0;
/** A SKU of the test's own with some units of it. */
async function stocked(quantity: number, location = "WH1"): Promise<string> {
  skus += 1;
  const sku = `SKU-${skus}`;
  const answer = await call(url, "POST", "/v1/events", { events: [event({ sku, location_id: location, quantity })] });
  expect(answer.body.results[0].status).toBe("recorded");
  return sku;
}

const stockOf = async (sku: string) => (await call(url, "GET", `/v1/stock/${encodeURIComponent(sku)}`)).body;

describe("POST /v1/events", () => {
  it("applies each of the seven event types as the table says", async () => {
    const sku = "seven";
    const told = { sku, location_id: "WH1" };
    const answer = await call(url, "POST", "/v1/events", {
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
    const first = await call(url, "POST", "/v1/events", { events: [sale] });
    await call(url, "POST", "/v1/events", { events: [event({ sku, quantity: 5 })] });
    const again = await call(url, "POST", "/v1/events", { events: [{ ...sale, timestamp: "2026-03-15T14:22:04Z" }] });
    expect(again.body.results[0]).toEqual({ ...first.body.results[0], status: "duplicate" });
    expect(await stockOf(sku)).toMatchObject({ on_hand: 13 });
  });

  it("refuses an id that comes back with other content, and says which field differs", async () => {
    const sku = await stocked(10);
    const sale = event({ sku, event_type: "inventory.sale", quantity: 2 });
    await call(url, "POST", "/v1/events", { events: [sale] });
    const again = await call(url, "POST", "/v1/events", { events: [{ ...sale, quantity: 3 }] });
    expect(again.body.results[0]).toMatchObject({ status: "refused", code: "idempotency_conflict" });
    expect(again.body.results[0].message).toContain("quantity");
    expect(await stockOf(sku)).toMatchObject({ on_hand: 8 });
  });

  it("applies an id that stands twice in one request once", async () => {
    const sku = await stocked(10);
    const sale = event({ sku, event_type: "inventory.sale", quantity: 1 });
    const answer = await call(url, "POST", "/v1/events", { events: [sale, sale] });
    expect(answer.body.results.map((r: { status: string }) => r.status)).toEqual(["recorded", "duplicate"]);
    expect(await stockOf(sku)).toMatchObject({ on_hand: 9 });
  });

  it("records a marketplace's sale below zero, and refuses it under enforce", async () => {
    const sku = await stocked(1);
    const sale = { sku, event_type: "inventory.sale", quantity: 2 };
    const refused = await call(url, "POST", "/v1/events", { events: [event({ ...sale, policy: "enforce" })] });
    expect(refused.body.results[0]).toMatchObject({ status: "refused", code: "insufficient_stock" });
    const recorded = await call(url, "POST", "/v1/events", { events: [event(sale)] });
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
    const before = await call(url, "GET", "/health/ready");
    const answer = await call(url, "POST", "/v1/events", { events: [event(told)] });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(answer.body).toMatchObject({ code: "invalid_request", errors: [{ field }] });
    expect((await call(url, "GET", "/health/ready")).body.position).toBe(before.body.position);
  });

  it.each([
    ["GET", "/v1/stock/a%00b"],
    ["GET", "/v1/stock/a%00b/history"],
    ["DELETE", "/v1/reservations/a%00b"],
    ["POST", "/v1/reservations/a%00b/commit"],
  ])("answers %s %s with 400, as no id holds a NUL", async (method, path) => {
    expect(await call(url, method, path)).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  });

  it("answers NaN, which is not JSON, with 400", async () => {
    const answer = await call(url, "POST", "/v1/events", '{"events":[{"quantity":NaN}]}');
    expect(answer).toMatchObject({ status: 400, body: { code: "malformed_json" } });
  });

  it("answers a body of 10 MB with 413", async () => {
    const answer = await call(url, "POST", "/v1/events", { events: [event({ reason: "x".repeat(10_000_000) })] });
    expect(answer).toMatchObject({ status: 413, body: { code: "too_large" } });
  });

  it("leaves the rest of a batch unaffected by an invalid event", async () => {
    const sku = await stocked(5);
    const answer = await call(url, "POST", "/v1/events", {
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
    await call(url, "POST", "/v1/events", { events: [event({ sku, quantity: 7 })] });
    expect(await stockOf(sku)).toMatchObject({ sku, on_hand: 7 });
  });
});

describe("reservations", () => {
  const reserve = (id: string, lines: unknown, more: Record<string, unknown> = {}) =>
    call(url, "POST", "/v1/reservations", { reservation_id: id, lines, ttl_seconds: 60, ...more });

  it("holds units, and answers a repeat with the same reservation", async () => {
    const sku = await stocked(5);
    const lines = [{ sku, location_id: "WH1", quantity: 2 }];
    const first = await reserve("r1", lines);
    expect(first).toMatchObject({ status: 201, body: { reservation_id: "r1", state: "held", lines } });
    const again = await reserve("r1", lines);
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(await stockOf(sku)).toMatchObject({ on_hand: 5, reserved: 2, available: 3 });
    expect(await reserve("r1", [{ sku, location_id: "WH1", quantity: 3 }])).toMatchObject({
      status: 409,
      body: { code: "idempotency_conflict" },
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
    await call(url, "POST", "/v1/events", { events: [event({ sku, quantity: 1 })] });
    expect((await reserve("r3", lines)).status).toBe(201);
  });

  it("becomes a sale by commit, once; then it can't be released", async () => {
    const sku = await stocked(5);
    await reserve("r4", [{ sku, location_id: "WH1", quantity: 2 }]);
    const first = await call(url, "POST", "/v1/reservations/r4/commit", { order_id: "o4" });
    expect(first).toMatchObject({ status: 200, body: { state: "committed", order_id: "o4" } });
    expect(await call(url, "POST", "/v1/reservations/r4/commit", { order_id: "o4" })).toMatchObject({
      status: 200,
      body: first.body,
    });
    expect(await stockOf(sku)).toMatchObject({ on_hand: 3, reserved: 0 });
    expect(await call(url, "DELETE", "/v1/reservations/r4")).toMatchObject({
      status: 409,
      body: { code: "reservation_committed" },
    });
  });

  it("is given back by release, once; then it can't be committed", async () => {
    const sku = await stocked(5);
    await reserve("r5", [{ sku, location_id: "WH1", quantity: 2 }]);
    const first = await call(url, "DELETE", "/v1/reservations/r5");
    expect(first).toMatchObject({ status: 200, body: { state: "released" } });
    expect(await call(url, "DELETE", "/v1/reservations/r5")).toMatchObject({ status: 200, body: first.body });
    expect(await stockOf(sku)).toMatchObject({ on_hand: 5, reserved: 0 });
    expect(await call(url, "POST", "/v1/reservations/r5/commit", {})).toMatchObject({
      status: 409,
      body: { code: "reservation_released" },
    });
  });

  it("can be committed without a body", async () => {
    const sku = await stocked(1);
    await reserve("r6", [{ sku, location_id: "WH1", quantity: 1 }]);
    expect((await call(url, "POST", "/v1/reservations/r6/commit")).status).toBe(200);
  });

  it("expires by an event in the log within a second, and can't be committed after", async () => {
    const sku = await stocked(1);
    const held = await reserve("r7", [{ sku, location_id: "WH1", quantity: 1 }], { ttl_seconds: 1 });
    const page = await call(url, "GET", `/v1/stock/${sku}/history?limit=1`);
    const position: number = page.body.events[0].position;
    const next = await call(url, "GET", `/v1/events?after=${position}&wait_ms=5000`);
    expect(next.body.events[0]).toMatchObject({
      event_type: "inventory.release",
      reservation_id: "r7",
      reason: "expired",
      quantity_change: -1,
      available: 1,
    });
    const late = Date.parse(next.body.events[0].recorded_at) - Date.parse(held.body.expires_at);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(1_000);
    expect(await call(url, "POST", "/v1/reservations/r7/commit", {})).toMatchObject({
      status: 409,
      body: { code: "reservation_expired" },
    });
  });

  it("answers 404 for one that does not exist", async () => {
    expect(await call(url, "DELETE", "/v1/reservations/none")).toMatchObject({
      status: 404,
      body: { code: "unknown_reservation" },
    });
  });

  it("is consumed by a sale event that names it", async () => {
    const sku = await stocked(3);
    await reserve("r8", [{ sku, location_id: "WH1", quantity: 1 }]);
    await call(url, "POST", "/v1/events", {
      events: [event({ sku, event_type: "inventory.sale", quantity: 1, reservation_id: "r8" })],
    });
    expect(await stockOf(sku)).toMatchObject({ on_hand: 2, reserved: 0 });
    expect((await call(url, "POST", "/v1/reservations/r8/commit", {})).body).toMatchObject({ state: "committed" });
  });

  it("refuses a reserve that comes after the sale it belonged to", async () => {
    const sku = await stocked(3);
    await call(url, "POST", "/v1/events", {
      events: [event({ sku, event_type: "inventory.sale", quantity: 1, reservation_id: "late" })],
    });
    const late = await call(url, "POST", "/v1/events", {
      events: [event({ sku, event_type: "inventory.reserve", quantity: 1, reservation_id: "late" })],
    });
    expect(late.body.results[0]).toMatchObject({ status: "refused", code: "reservation_committed" });
    expect(await stockOf(sku)).toMatchObject({ on_hand: 2, reserved: 0 });
  });
});

describe("reading", () => {
  it("lists several SKUs with one position, unknown ones as nothing", async () => {
    const sku = await stocked(4);
    const answer = await call(url, "GET", `/v1/stock?sku=${sku}&sku=nowhere`);
    expect(answer.body).toMatchObject({
      as_of: expect.any(Number),
      stock: [
        { sku, on_hand: 4 },
        { sku: "nowhere", on_hand: 0, available: 0, locations: [] },
      ],
    });
  });

  it("gives the history newest first with the balance after each, and the balance at any time", async () => {
    const sku = await stocked(4);
    const between = (await call(url, "GET", `/v1/stock/${sku}/history`)).body.events[0].recorded_at;
    await call(url, "POST", "/v1/events", {
      events: [
        event({ sku, event_type: "inventory.sale", quantity: 1 }),
        event({ sku, event_type: "inventory.transfer", quantity: 2, to_location_id: "WH9" }),
      ],
    });
    const { body } = await call(url, "GET", `/v1/stock/${sku}/history`);
    expect(
      body.events.map((e: { quantity_change: number; on_hand: number }) => [e.quantity_change, e.on_hand]),
    ).toEqual([
      [-2, 1],
      [-1, 3],
      [4, 4],
    ]);
    const page = await call(url, "GET", `/v1/stock/${sku}/history?limit=1&before=${body.events[0].position}`);
    expect(page.body.events).toEqual([body.events[1]]);
    const then = await call(url, "GET", `/v1/stock/${sku}/history?at=${encodeURIComponent(between)}`);
    expect(then.body).toMatchObject({ sku, on_hand: 4, locations: [{ location_id: "WH1", on_hand: 4 }] });
    const arrived = await call(url, "GET", `/v1/stock/${sku}/history?location_id=WH9`);
    expect(arrived.body.events).toMatchObject([{ event_type: "inventory.transfer", to_on_hand: 2 }]);
  });

  it("gives the log gapless from any position, and waits for what comes", async () => {
    const { body } = await call(url, "GET", "/v1/events?limit=5000");
    const positions = body.events.map((e: { position: number }) => e.position);
    expect(positions).toEqual(positions.map((_: number, index: number) => index + 1));
    expect(body.next).toBe(positions.length);

    const waiting = call(url, "GET", `/v1/events?after=${body.next}&wait_ms=10000`);
    await stocked(1);
    expect((await waiting).body.events[0].position).toBe(body.next + 1);
    const none = await call(url, "GET", `/v1/events?after=${body.next + 1}`);
    expect(none.body).toEqual({ events: [], next: body.next + 1 });
  });

  it("streams the log as server-sent events and resumes from Last-Event-ID", async () => {
    const { body } = await call(url, "GET", "/v1/events?limit=5000");
    const leave = new AbortController();
    const response = await fetch(`${url}/v1/events`, {
      headers: {
        authorization: "Bearer test-token-of-acme",
        accept: "text/event-stream",
        "last-event-id": String(body.next - 1),
      },
      signal: leave.signal,
    });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const sku = await stocked(1);
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString("utf8");
      if (text.includes(`"sku":"${sku}"`)) break;
    }
    leave.abort();
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
    expect(ids).toEqual([body.next, body.next + 1]);
  });

  it("opens a stream at once when there is nothing to tell yet (its headers waited for the first heartbeat)", async () => {
    const { body } = await call(url, "GET", "/health/ready");
    const response = await fetch(`${url}/v1/events?after=${body.position}`, {
      headers: { authorization: "Bearer test-token-of-acme", accept: "text/event-stream" },
      signal: AbortSignal.timeout(5_000),
    });
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  it("audits the whole log without a mismatch", async () => {
    const { body } = await call(url, "POST", "/v1/audit");
    expect(body).toMatchObject({ mismatches: [], events: expect.any(Number) });
    expect(body.events).toBeGreaterThan(10);
  });
});

describe("who may ask", () => {
  it("answers 401 without a token or with an unknown one", async () => {
    for (const authorization of ["", "Bearer nonsense", "Basic abc"]) {
      expect(await call(url, "GET", "/v1/stock/A", undefined, { authorization })).toMatchObject({
        status: 401,
        body: { code: "unauthorized" },
      });
    }
  });

  it("keeps merchants apart", async () => {
    const service = { authorization: `Bearer ${serviceToken}` };
    await call(url, "POST", "/v1/merchants", { merchant_id: "other" }, service);
    const made = await call(url, "POST", "/v1/merchants/other/tokens", { label: "test" }, service);
    const other = { authorization: `Bearer ${made.body.token}` };
    const sku = await stocked(4);
    const seen = await call(url, "GET", `/v1/stock/${sku}`, undefined, other);
    expect(seen.body).toMatchObject({ on_hand: 0, locations: [] });
    expect((await call(url, "GET", "/v1/events?limit=10", undefined, other)).body.events).toEqual([]);
    expect((await call(url, "POST", "/v1/merchants", { merchant_id: "x" }, other)).status).toBe(403);
  });

  it("asks a service token for the merchant, and knows whom it does not know", async () => {
    const authorization = `Bearer ${serviceToken}`;
    const named = (merchant: string) => ({ authorization, "lastunit-merchant": merchant });
    expect((await call(url, "GET", "/v1/stock/A", undefined, { authorization })).body.code).toBe("merchant_required");
    expect(await call(url, "GET", "/v1/stock/A", undefined, named("nobody"))).toMatchObject({
      status: 404,
      body: { code: "unknown_merchant" },
    });
    expect((await call(url, "GET", "/v1/stock/A", undefined, named("acme"))).status).toBe(200);
  });

  it("shows health, metrics and its OpenAPI document to anyone", async () => {
    for (const path of ["/health/live", "/health/ready", "/openapi.json"]) {
      expect((await fetch(url + path)).status).toBe(200);
    }
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("process_cpu");
    expect((await fetch(`${url}/docs`)).status).toBe(200);
    const { body } = await call(url, "GET", "/openapi.json");
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        "/v1/events",
        "/v1/reservations",
        "/v1/reservations/{id}/commit",
        "/v1/stock/{sku}/history",
      ]),
    );
  });
});

describe("odd requests", () => {
  it("takes an empty body under a JSON content type as no body", async () => {
    const sku = await stocked(1);
    await call(url, "POST", "/v1/reservations", {
      reservation_id: "odd-1",
      lines: [{ sku, location_id: "WH1", quantity: 1 }],
      ttl_seconds: 60,
    });
    const json = { "content-type": "application/json" };
    expect((await call(url, "POST", "/v1/reservations/odd-1/commit", "", json)).status).toBe(200);
    expect((await call(url, "POST", "/v1/audit", "", json)).status).toBe(200);
  });

  it("answers an address that can't be decoded with a problem document", async () => {
    const answer = await call(url, "GET", "/v1/stock/%zz");
    expect(answer).toMatchObject({ status: 400, body: { code: "bad_request" } });
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
  });

  it("answers an unknown address with a problem document", async () => {
    expect(await call(url, "GET", "/v2/anything")).toMatchObject({ status: 404, body: { code: "not_found" } });
  });
});
