import { until, type Follower } from "@lastunit/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LogEvent } from "../src/http/schemas.ts";
import { useService } from "./fixtures.ts";
import { followByPolling, followByStream } from "./followers.ts";
import { call, event } from "./service.ts";

const its = useService();

let followers: readonly Follower<LogEvent>[];

beforeAll(async () => {
  followers = [followByPolling(its.url), followByStream(its.url)];
});
afterAll(async () => {
  await Promise.all(followers.map((follower) => follower.stop()));
});

const record = (one: unknown) => its.ask("POST", "/v1/events", { events: [one] });
const isReady = async () => (await fetch(`${its.url}/health/ready`)).status === 200;

async function killDatabase(): Promise<void> {
  // With its children, one of which might answer once more.
  await its.postgres.kill();
  await until("the ledger notices", async () => !(await isReady()));
}

/** Starts the database; within 5 seconds of that the ledger reads again, without help. */
async function databaseReturns(): Promise<void> {
  await its.postgres.restart();
  await until("the ledger is ready", isReady, { timeoutMs: 5_000 });
}

/** The same, and writes: a connection that was asked for a moment too early may be refused a moment later. */
async function allReturns(): Promise<void> {
  await databaseReturns();
  await until("it writes", async () => (await record(event({ event_id: "returned", sku: "back" }))).status === 200);
}

describe("while the database is away", () => {
  it("answers 503 with the time to come back, is alive and not ready; then goes on by itself", async () => {
    expect((await record(event({ event_id: "before", sku: "gone" }))).status).toBe(200);
    await killDatabase();

    const refused = await Promise.all([
      record(event({ sku: "gone" })),
      its.ask("POST", "/v1/reservations", {
        reservation_id: "r",
        lines: [{ sku: "gone", location_id: "WH1", quantity: 1 }],
        ttl_seconds: 60,
      }),
      its.ask("DELETE", "/v1/reservations/r"),
      its.ask("GET", "/v1/stock/gone"),
      its.ask("GET", "/v1/stock/gone/history"),
      its.ask("GET", "/v1/events"),
      its.ask("POST", "/v1/audit"),
      its.ask("GET", "/health/ready"),
    ]);
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: 503, body: { status: 503, code: "unavailable" } });
      expect(answer.headers.get("content-type")).toContain("application/problem+json");
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect((await its.ask("GET", "/health/live")).status).toBe(200);

    await allReturns();
    expect((await record(event({ event_id: "after", sku: "gone" }))).body.results[0].status).toBe("recorded");
    expect((await its.ask("GET", "/v1/stock/gone")).body).toMatchObject({ on_hand: 2 });
  });

  it("keeps every acknowledged write, and applies one whose answer was lost once when it is repeated", async () => {
    const events = Array.from({ length: 300 }, (_, n) => event({ event_id: `crash:${n}`, sku: "crash" }));
    const acknowledged: unknown[] = [];
    // Ten clients write; the database dies in the middle of it, and what is in flight may be written or not.
    const clients = Array.from({ length: 10 }, async (_, client) => {
      for (const one of events.slice(client * 30, client * 30 + 30)) {
        const { status } = await record(one);
        if (status !== 200) return status;
        acknowledged.push(one["event_id"]);
        if (acknowledged.length === 50) await its.postgres.kill();
      }
      return 200;
    });
    expect(await Promise.all(clients)).toContain(503);
    await allReturns();

    const { body: kept } = await its.ask("GET", "/v1/stock/crash/history?limit=1000");
    const recorded = new Set(kept.events.map((one: { event_id: string }) => one.event_id));
    for (const eventId of acknowledged) expect(recorded).toContain(eventId);

    const repeated = await Promise.all(events.map(record));
    for (const [n, answer] of repeated.entries()) {
      expect(answer.body.results[0].status).toBe(recorded.has(`crash:${n}`) ? "duplicate" : "recorded");
    }
    expect((await its.ask("GET", "/v1/stock/crash")).body).toMatchObject({ on_hand: 300 });
  });

  it("writes at once when the database is back before anyone asked it to write (the first write was turned away)", async () => {
    await killDatabase();
    await databaseReturns();
    expect(await record(event({ sku: "unasked" }))).toMatchObject({ status: 200 });
  });

  it("has its followers woken by another process's commits again when it is back", async () => {
    const other = await its.another();
    await killDatabase();
    await allReturns();
    const { body: end } = await its.ask("GET", "/health/ready");
    const asked = performance.now();
    const waiting = call(other.url, "GET", `/v1/events?after=${end.position}&wait_ms=20000`);
    await record(event({ event_id: "wake", sku: "woken" }));
    expect((await waiting).body.events).toMatchObject([{ event_id: "wake" }]);
    // Else it would be told when its wait is over.
    expect(performance.now() - asked).toBeLessThan(15_000);
  });

  it("lets followers by long poll and by stream go on, to whom nothing is lost or told twice", async () => {
    const last = (await record(event({ sku: "told" }))).body.results[0].position;
    const log = (await its.ask("GET", "/v1/events?limit=5000")).body.events;
    expect(log).toHaveLength(last);
    for (const follower of followers) {
      await follower.reaches(last);
      expect(follower.events).toEqual(log);
    }
    expect((await its.ask("POST", "/v1/audit")).body.mismatches).toEqual([]);
  });
});
