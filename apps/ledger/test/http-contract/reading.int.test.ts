import { describe, expect, it } from "vitest";
import { useService } from "../fixtures.ts";
import { event, token } from "../service.ts";

const its = useService();
const { ask, stocked } = its;

describe("reading", () => {
  it("lists several SKUs with one position, unknown ones as nothing", async () => {
    const sku = await stocked(4);
    const answer = await ask("GET", `/v1/stock?sku=${sku}&sku=nowhere`);
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
    const between = (await ask("GET", `/v1/stock/${sku}/history`)).body.events[0].recorded_at;
    await ask("POST", "/v1/events", {
      events: [
        event({ sku, event_type: "inventory.sale", quantity: 1 }),
        event({ sku, event_type: "inventory.transfer", quantity: 2, to_location_id: "WH9" }),
      ],
    });
    const { body } = await ask("GET", `/v1/stock/${sku}/history`);
    expect(
      body.events.map((e: { quantity_change: number; on_hand: number }) => [e.quantity_change, e.on_hand]),
    ).toEqual([
      [-2, 1],
      [-1, 3],
      [4, 4],
    ]);
    const page = await ask("GET", `/v1/stock/${sku}/history?limit=1&before=${body.events[0].position}`);
    expect(page.body.events).toEqual([body.events[1]]);
    const then = await ask("GET", `/v1/stock/${sku}/history?at=${encodeURIComponent(between)}`);
    expect(then.body).toMatchObject({ sku, on_hand: 4, locations: [{ location_id: "WH1", on_hand: 4 }] });
    const arrived = await ask("GET", `/v1/stock/${sku}/history?location_id=WH9`);
    expect(arrived.body.events).toMatchObject([{ event_type: "inventory.transfer", to_on_hand: 2 }]);
  });

  it.each([
    ["before year 1", "0000-01-01T00:00:00Z"],
    ["after year 9999", "9999-12-31T23:59:59-01:00"],
  ])("answers a balance asked for at a time %s with 400 and the field, not 500", async (_when, at) => {
    const answer = await ask("GET", `/v1/stock/A/history?at=${encodeURIComponent(at)}`);
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request", errors: [{ field: "at" }] } });
  });

  it.each(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"])("knows the balance at %s", async (at) => {
    expect((await ask("GET", `/v1/stock/A/history?at=${at}`)).status).toBe(200);
  });

  it("gives the log gapless from any position, and waits for what comes", async () => {
    const { body } = await ask("GET", "/v1/events?limit=5000");
    const positions = body.events.map((e: { position: number }) => e.position);
    expect(positions).toEqual(positions.map((_: number, index: number) => index + 1));
    expect(body.next).toBe(positions.length);

    const waiting = ask("GET", `/v1/events?after=${body.next}&wait_ms=10000`);
    await stocked(1);
    expect((await waiting).body.events[0].position).toBe(body.next + 1);
    const none = await ask("GET", `/v1/events?after=${body.next + 1}`);
    expect(none.body).toEqual({ events: [], next: body.next + 1 });
  });

  it("streams the log as server-sent events and resumes from Last-Event-ID", async () => {
    const { body } = await ask("GET", "/v1/events?limit=5000");
    const leave = new AbortController();
    const response = await fetch(`${its.url}/v1/events`, {
      headers: {
        authorization: `Bearer ${token}`,
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
    const { body } = await ask("GET", "/health/ready");
    const response = await fetch(`${its.url}/v1/events?after=${body.position}`, {
      headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" },
      signal: AbortSignal.timeout(5_000),
    });
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  it("audits the whole log without a mismatch", async () => {
    const { body: head } = await ask("GET", "/health/ready");
    expect(head.position).toBeGreaterThan(0);
    expect((await ask("POST", "/v1/audit")).body).toMatchObject({ events: head.position, mismatches: [] });
  });
});
