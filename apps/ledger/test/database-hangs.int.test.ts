import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { createFreezer, until } from "@lastunit/test-support";
import { useService } from "./fixtures.ts";
import { asOperator, connectTo, event } from "./service.ts";

const its = useService();

const freezer = createFreezer();

beforeAll(async () => {
  await record({ event_id: "before", sku: "hung" });
});
afterEach(() => freezer.letGo());

const operator = { ...asOperator, "lastunit-merchant": "acme" };
const record = (told: Record<string, unknown>) => its.ask("POST", "/v1/events", { events: [event(told)] }, operator);

/** Freezes every process of the server. */
async function freeze(): Promise<void> {
  const superuser = await connectTo(its.databaseUrl);
  // First the one that makes the others: none may be added while they are counted.
  freezer.freeze([its.postgres.pid]);
  const { rows } = await superuser.query<{ pid: number }>("select pid from pg_stat_activity");
  await superuser.end();
  freezer.freeze(rows.map(({ pid }) => pid));
}

const seconds = async (asked: Promise<unknown>): Promise<number> => {
  const before = performance.now();
  await asked;
  return (performance.now() - before) / 1_000;
};

describe("while the database hangs", () => {
  it("is not ready, and says so within a few seconds, however often it is asked", async () => {
    await freeze();
    // More often than there are connections, each of which a hung query keeps.
    for (let times = 0; times < 2; times += 1) {
      const asked = Array.from({ length: 12 }, () => its.ask("GET", "/health/ready"));
      // Waiting for a connection alone would take five.
      expect(await seconds(Promise.all(asked))).toBeLessThan(5);
      for (const answer of await Promise.all(asked)) {
        expect(answer).toMatchObject({ status: 503, body: { code: "unavailable" } });
      }
    }
    expect((await its.ask("GET", "/health/live")).status).toBe(200);
    freezer.letGo();
    await until("it is ready", async () => (await its.ask("GET", "/health/ready")).status === 200);
  });

  it("answers writes and reads 503 with the time to come back (writes 500, reads never), and goes on after it", async () => {
    await freeze();
    const refused = await Promise.all([
      record({ event_id: "during", sku: "hung" }),
      its.ask("GET", "/v1/stock/hung", undefined, operator),
      its.ask("GET", "/v1/events", undefined, operator),
      // A token that must be looked up.
      its.ask("GET", "/v1/stock/hung", undefined, { authorization: "Bearer not-seen-before" }),
    ]);
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: 503, body: { code: "unavailable" } });
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    freezer.letGo();
    await until("it writes", async () => (await record({ event_id: "during", sku: "hung" })).status === 200);
    expect((await its.ask("GET", "/v1/stock/hung", undefined, operator)).body).toMatchObject({ on_hand: 2 });
  });
});
