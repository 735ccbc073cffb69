import { startTestPostgres, type TestPostgres } from "@lastunit/test-support";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Ledger } from "../src/index.ts";
import { call, connectTo, event, merchant, startLedgerOn } from "./service.ts";

let postgres: TestPostgres;
let ledger: Ledger;
let superuser: pg.Client;

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

/** The log of every test: 10 received, 3 sold, 2 more received, and 4 of another SKU. */
beforeEach(async () => {
  const databaseUrl = await postgres.createDatabase();
  ledger = await startLedgerOn(databaseUrl);
  superuser = await connectTo(databaseUrl);
  await call(ledger.url, "POST", "/v1/events", {
    events: [
      event({ sku: "A", quantity: 10 }),
      event({ sku: "A", event_type: "inventory.sale", quantity: 3 }),
      event({ sku: "A", quantity: 2 }),
      event({ sku: "B", quantity: 4 }),
    ],
  });
});
afterEach(async () => {
  await superuser.end();
  await ledger.stop();
});

const audit = async () => (await call(ledger.url, "POST", "/v1/audit")).body;
const units = (on_hand: number, reserved = 0) => ({ on_hand, reserved, available: on_hand - reserved });
const of = (sku: string) => ({ merchant_id: merchant, sku, location_id: "WH1" });
const nowhere = { merchant_id: null, sku: null, location_id: null };
/** An event was changed, or (nowhere) one is missing. */
const brokenChain = (position: number, where: typeof nowhere | ReturnType<typeof of>) => ({
  kind: "chain",
  ...where,
  expected: null,
  actual: null,
  position,
});

describe("an audit", () => {
  it("finds nothing in books nobody touched", async () => {
    expect(await audit()).toEqual({ events: 4, balances: 2, mismatches: [] });
  });

  it("names a balance that was changed, with what the log says it is", async () => {
    await superuser.query("update balance set on_hand = on_hand + 1, reserved = 2 where sku = 'A'");
    expect((await audit()).mismatches).toEqual([
      { kind: "balance", ...of("A"), expected: units(9), actual: units(10, 2), position: 4 },
    ]);
  });

  it("names a balance that was deleted, and one nobody's events made", async () => {
    await superuser.query("delete from balance where sku = 'A'");
    await superuser.query("insert into balance values ($1, 'C', 'WH1', 7, 0, 4)", [merchant]);
    expect((await audit()).mismatches).toEqual([
      { kind: "balance", ...of("C"), expected: units(0), actual: units(7), position: 4 },
      { kind: "balance", ...of("A"), expected: units(9), actual: null, position: 4 },
    ]);
  });

  it("names an event whose quantity was changed, and every balance that no longer follows from it", async () => {
    await superuser.query("update event set quantity = 1, on_hand_change = -1 where position = 2");
    expect((await audit()).mismatches).toEqual([
      brokenChain(2, of("A")),
      { kind: "event", ...of("A"), expected: units(9), actual: units(7), position: 2 },
      { kind: "event", ...of("A"), expected: units(11), actual: units(9), position: 3 },
      { kind: "balance", ...of("A"), expected: units(11), actual: units(9), position: 4 },
    ]);
  });

  it("names an event whose words were changed, although every number still adds up (only its position was told)", async () => {
    await superuser.query("update event set source = 'nobody' where position = 2");
    expect((await audit()).mismatches).toEqual([brokenChain(2, of("A"))]);
  });

  it("names the place an event was deleted from, and what no longer follows", async () => {
    await superuser.query("delete from event where position = 2");
    expect((await audit()).mismatches).toEqual([
      brokenChain(2, nowhere),
      { kind: "event", ...of("A"), expected: units(12), actual: units(9), position: 3 },
      { kind: "balance", ...of("A"), expected: units(12), actual: units(9), position: 4 },
    ]);
  });

  it("names the last event's place when that one was deleted", async () => {
    await superuser.query("delete from event where position = 4");
    expect((await audit()).mismatches).toEqual([
      brokenChain(4, nowhere),
      { kind: "balance", ...of("B"), expected: units(0), actual: units(4), position: 4 },
    ]);
  });

  it("notices a deleted last event also when balance and position were set back (only the position was compared)", async () => {
    await superuser.query("delete from event where position = 4");
    await superuser.query("delete from balance where sku = 'B'");
    await superuser.query("update log_head set position = 3");
    expect((await audit()).mismatches).toEqual([brokenChain(4, nowhere)]);
  });

  it("notices an event that was slipped in", async () => {
    await superuser.query(`
      insert into event select (jsonb_populate_record(e, '{"position": 5, "event_id": "forged"}')).* from event e
      where position = 4`);
    await superuser.query("update log_head set position = 5");
    expect((await audit()).mismatches).toMatchObject([
      { kind: "chain", ...of("B"), position: 5 },
      { kind: "event", ...of("B"), expected: units(8), actual: units(4), position: 5 },
      { kind: "balance", ...of("B"), expected: units(8), actual: units(4) },
    ]);
  });
});
