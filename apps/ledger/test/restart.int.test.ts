import { startTestPostgres, until, type TestPostgres } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asOperator, call, connectTo, event, startLedgerOn, token } from "./service.ts";

let postgres: TestPostgres;
let databaseUrl: string;

beforeAll(async () => {
  postgres = await startTestPostgres();
  databaseUrl = await postgres.createDatabase();
});
afterAll(() => postgres.stop());

/** What a ledger process does between its start and its stop. */
async function whileRunning<T>(use: (url: string) => Promise<T>): Promise<T> {
  const ledger = await startLedgerOn(databaseUrl);
  try {
    return await use(ledger.url);
  } finally {
    await ledger.stop();
  }
}

const held = (id: string, ttl_seconds: number) => ({
  reservation_id: id,
  lines: [{ sku: "A", location_id: "WH1", quantity: 1 }],
  ttl_seconds,
});

describe("a ledger that is started again on its database", () => {
  it("goes on where it was: positions, balances, repeats and tokens", async () => {
    const received = event({ sku: "A", quantity: 5 });
    const before = await whileRunning(async (url) => {
      await call(url, "POST", "/v1/merchants", { merchant_id: "other" }, asOperator);
      const made = await call(url, "POST", "/v1/merchants/other/tokens", { label: "test" }, asOperator);
      const recorded = await call(url, "POST", "/v1/events", { events: [received] });
      return { token: made.body.token, result: recorded.body.results[0] };
    });

    await whileRunning(async (url) => {
      const again = await call(url, "POST", "/v1/events", { events: [received, event({ sku: "A", quantity: 1 })] });
      expect(again.body.results).toMatchObject([
        { ...before.result, status: "duplicate" },
        { status: "recorded", position: before.result.position + 1, on_hand: 6 },
      ]);
      const authorization = `Bearer ${before.token}`;
      const owner = await call(url, "GET", "/v1/token", undefined, { authorization });
      expect(owner).toMatchObject({ status: 200, body: { merchant_id: "other" } });
      expect((await call(url, "POST", "/v1/audit")).body).toMatchObject({ events: 2, mismatches: [] });
    });
  });

  it("keeps what was held, and releases what expired while no ledger ran", async () => {
    const position = await whileRunning(async (url) => {
      await call(url, "POST", "/v1/reservations", held("long", 600));
      const { position: end } = (await call(url, "GET", "/health/ready")).body;
      expect((await call(url, "POST", "/v1/reservations", held("short", 1))).status).toBe(201);
      return end + 1;
    });

    await whileRunning(async (url) => {
      const { body } = await call(url, "GET", `/v1/events?after=${position}&wait_ms=10000`);
      expect(body.events).toMatchObject([{ reservation_id: "short", reason: "expired", quantity_change: -1 }]);
      expect((await call(url, "POST", "/v1/reservations/short/commit", {})).body.code).toBe("reservation_expired");
      expect((await call(url, "POST", "/v1/reservations/long/commit", {})).body.state).toBe("committed");
    });
  });

  it("has answered what was under way, and let its followers go, when it stops (it cut their connections)", async () => {
    const ledger = await startLedgerOn(databaseUrl);
    const superuser = await connectTo(databaseUrl);
    const start = (await call(ledger.url, "GET", "/health/ready")).body.position;
    const stream = await fetch(`${ledger.url}/v1/events?after=${start}`, {
      headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" },
    });
    const polling = call(ledger.url, "GET", `/v1/events?after=${start}&wait_ms=30000`);
    await superuser.query("begin");
    await superuser.query("select from log_head for update");
    const writing = call(ledger.url, "POST", "/v1/events", { events: [event()] });
    await until("the write waits", async () => {
      return (await superuser.query("select from pg_locks where not granted")).rowCount;
    });

    const stopping = ledger.stop();
    await superuser.query("rollback");
    expect((await writing).body.results[0].status).toBe("recorded");
    expect((await polling).status).toBe(200);
    expect(await stream.text()).not.toContain("error");
    await stopping;
    await superuser.end();
  });
});
