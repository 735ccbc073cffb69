import { until } from "@lastunit/test-support";
import { describe, expect, it } from "vitest";
import { useFreshLedger } from "./fixtures.ts";
import { event } from "./service.ts";

const its = useFreshLedger();

const record = (told: Record<string, unknown>) => its.ask("POST", "/v1/events", { events: [event(told)] });

describe("a ledger whose database refuses its statements", () => {
  it("answers 503 when the log's head was not free for 10 s (it waited that long again, and answered 500)", async () => {
    await its.superuser.query("begin");
    await its.superuser.query("select from log_head for update");
    const before = performance.now();
    const refused = await record({ event_id: "waits" });
    expect(performance.now() - before).toBeLessThan(15_000);
    expect(refused).toMatchObject({ status: 503, body: { code: "unavailable" } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    await its.superuser.query("rollback");
    expect((await record({ event_id: "waits" })).body.results[0].status).toBe("recorded");
  });

  it("goes on over another connection when a plan it keeps no longer fits the tables (until a restart it was told 500)", async () => {
    await record({ sku: "known", quantity: 5 });
    const lines = [{ sku: "known", location_id: "WH1", quantity: 1 }];
    const repeat = () => its.ask("POST", "/v1/reservations", { reservation_id: "known", lines, ttl_seconds: 60 });
    expect((await repeat()).status).toBe(201);
    await its.superuser.query("alter table log_head alter column position type integer");
    // A repeat is decided under the lock.
    await until("it is answered", async () => (await repeat()).status === 200);
  });
});
