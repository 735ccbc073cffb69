import { beforeEach, describe, expect, it } from "vitest";
import { haveBalancesReadAnew } from "../src/replay/apply.ts";
import { useFreshLedger } from "./fixtures.ts";
import { asOperator, call, event, merchant, startLedgerOn } from "./service.ts";

const its = useFreshLedger();

/**
 * The log of every test: 10 of A received (1), 3 sold (2), 2 more received (3), 4 of B received (4), 1 of B moved to WH2
 * (5), and 2 of B reserved as `r` (6).
 */
beforeEach(async () => {
  await its.ask("POST", "/v1/events", {
    events: [
      event({ sku: "A", quantity: 10 }),
      event({ sku: "A", event_type: "inventory.sale", quantity: 3 }),
      event({ sku: "A", quantity: 2 }),
      event({ sku: "B", quantity: 4 }),
      event({ sku: "B", event_type: "inventory.transfer", quantity: 1, to_location_id: "WH2" }),
    ],
  });
  const lines = [{ sku: "B", location_id: "WH1", quantity: 2 }];
  await its.ask("POST", "/v1/reservations", { reservation_id: "r", lines, ttl_seconds: 600 });
});

const audit = async (headers: Record<string, string> = asOperator) =>
  (await its.ask("POST", "/v1/audit", undefined, headers)).body;
const mismatches = async () => (await audit()).mismatches;

const units = (on_hand: number, reserved = 0) => ({ on_hand, reserved, available: on_hand - reserved });
const nowhere = { merchant_id: null, sku: null, location_id: null, reservation_id: null };
const at = (sku: string, location_id = "WH1") => ({ ...nowhere, merchant_id: merchant, sku, location_id });
const unknown = { expected: null, actual: null };
/** An event was changed, or (nowhere) one is missing. */
const brokenChain = (position: number, where: typeof nowhere | ReturnType<typeof at> = nowhere) => ({
  kind: "chain",
  ...where,
  ...unknown,
  position,
});

describe("an audit", () => {
  it("finds nothing in books nobody touched", async () => {
    expect(await audit()).toEqual({ events: 6, balances: 3, reservations: 1, mismatches: [] });
  });

  it("finds nothing in books without an event", async () => {
    const empty = await startLedgerOn(await its.postgres.createDatabase());
    const { body } = await call(empty.url, "POST", "/v1/audit", undefined, asOperator);
    expect(body).toEqual({ events: 0, balances: 0, reservations: 0, mismatches: [] });
    await empty.stop();
  });
});

describe("an audit of a balance that somebody changed", () => {
  it("names it, with what the log says it is, and the last event that it should reflect", async () => {
    await its.superuser.query("update balance set on_hand = on_hand + 1, reserved = 2 where sku = 'A'");
    expect(await mismatches()).toEqual([
      { kind: "balance", ...at("A"), expected: units(9), actual: units(10, 2), position: 3 },
    ]);
  });

  it("names one that a transfer made", async () => {
    await its.superuser.query("update balance set on_hand = 0 where location_id = 'WH2'");
    expect(await mismatches()).toEqual([
      { kind: "balance", ...at("B", "WH2"), expected: units(1), actual: units(0), position: 5 },
    ]);
  });

  it("names one that was deleted, and one that no event made", async () => {
    await its.superuser.query("delete from balance where sku = 'A'");
    await its.superuser.query("insert into balance values ($1, 'C', 'WH1', 7, 0, 4)", [merchant]);
    expect(await mismatches()).toEqual([
      { kind: "balance", ...at("A"), expected: units(9), actual: null, position: 3 },
      { kind: "balance", ...at("C"), expected: units(0), actual: units(7), position: 4 },
    ]);
  });

  it("names the first event that noted a wrong balance, when the ledger went on from the changed one", async () => {
    await its.superuser.query("update balance set on_hand = on_hand + 1 where sku = 'A'");
    await haveBalancesReadAnew(its.superuser);
    const sale = () => event({ sku: "A", event_type: "inventory.sale", quantity: 1 });
    await its.ask("POST", "/v1/events", { events: [sale(), sale()] });
    expect(await mismatches()).toEqual([
      { kind: "event", ...at("A"), expected: units(8), actual: units(9), position: 7 },
      { kind: "balance", ...at("A"), expected: units(7), actual: units(8), position: 7 },
    ]);
  });
});

describe("an audit of an event that somebody changed", () => {
  it("names it when its quantity was changed, the first balance that no longer follows, and the balance row", async () => {
    await its.superuser.query("update event set quantity = 1, on_hand_change = -1 where position = 2");
    expect(await mismatches()).toEqual([
      brokenChain(2, at("A")),
      { kind: "event", ...at("A"), expected: units(9), actual: units(7), position: 2 },
      { kind: "balance", ...at("A"), expected: units(11), actual: units(9), position: 2 },
    ]);
  });

  it("names it when the balance it notes was changed", async () => {
    await its.superuser.query("update event set to_on_hand = 7 where position = 5");
    expect(await mismatches()).toEqual([
      brokenChain(5, at("B")),
      { kind: "event", ...at("B", "WH2"), expected: units(1), actual: units(7), position: 5 },
    ]);
  });

  it.each([
    "source = 'nobody'",
    "order_id = '4711'",
    "reason = 'theft'",
    "event_id = 'another'",
    "occurred_at = occurred_at - interval '1 day'",
    "recorded_at = recorded_at - interval '1 ms'",
    "hash = '\\xdeadbeef'",
    "event_type = 'inventory.theft'",
    "occurred_at = 'infinity'",
  ])("names it when only %s was set and every number still adds up (only its position was told)", async (change) => {
    await its.superuser.query(`update event set ${change} where position = 2`);
    const found: { position: number }[] = await mismatches();
    expect(found).toContainEqual(
      expect.objectContaining({ kind: "chain", position: change.startsWith("hash") ? 3 : 2 }),
    );
    expect(found.every((one) => one.position === 2 || one.position === 3)).toBe(true);
  });

  it("names the place that one was deleted from, and what no longer follows", async () => {
    await its.superuser.query("delete from event where position = 2");
    expect(await mismatches()).toEqual([
      brokenChain(2),
      { kind: "event", ...at("A"), expected: units(12), actual: units(9), position: 3 },
      { kind: "balance", ...at("A"), expected: units(12), actual: units(9), position: 3 },
    ]);
  });

  it("names the place of the first one", async () => {
    await its.superuser.query("delete from event where position = 1");
    expect(await mismatches()).toContainEqual(brokenChain(1));
  });

  it("names the place where the log was cut off", async () => {
    await its.superuser.query("delete from event where position > 3");
    expect(await mismatches()).toEqual([
      brokenChain(4),
      { kind: "balance", ...at("B"), expected: units(0), actual: units(3, 2), position: 6 },
      { kind: "balance", ...at("B", "WH2"), expected: units(0), actual: units(1), position: 5 },
      expect.objectContaining({ kind: "reservation", reservation_id: "r", expected: null, position: 0 }),
    ]);
  });

  it("notices a cut-off log also when balances, reservations and position were set back (only the position was compared)", async () => {
    await its.superuser.query("delete from event where position > 3");
    await its.superuser.query("delete from balance where sku = 'B'");
    await its.superuser.query("delete from reservation");
    await its.superuser.query("update log_head set position = 3");
    expect(await mismatches()).toEqual([brokenChain(4)]);
  });

  it("notices an event that was slipped in", async () => {
    await its.superuser.query(`
      insert into event select (jsonb_populate_record(e, '{"position": 7, "event_id": "forged"}')).* from event e
      where position = 4`);
    await its.superuser.query("update log_head set position = 7");
    expect(await mismatches()).toMatchObject([
      brokenChain(7, at("B")),
      brokenChain(8),
      { kind: "event", ...at("B"), expected: units(7, 2), actual: units(4), position: 7 },
      { kind: "balance", ...at("B"), expected: units(7, 2), actual: units(3, 2), position: 7 },
    ]);
  });
});

describe("an audit of a reservation that somebody changed", () => {
  const held = {
    state: "held",
    lines: [{ sku: "B", location_id: "WH1", quantity: 2, open: 2 }],
    expires_at: expect.any(String),
    order_id: null,
    source: "checkout",
    asked: { ttl_seconds: 600, order_id: null, source: "checkout" },
  };
  const named = { kind: "reservation", ...nowhere, merchant_id: merchant, reservation_id: "r" };

  it("names it, with what its events make of it, and the first event it does not reflect", async () => {
    await its.superuser.query("update reservation set state = 'released' where reservation_id = 'r'");
    expect(await mismatches()).toEqual([
      { ...named, expected: held, actual: { ...held, state: "released" }, position: 6 },
    ]);
  });

  it("names the event by which it ended, when it was set back to before", async () => {
    const { rows } = await its.superuser.query<{ lines: unknown }>("select lines from reservation");
    await its.ask("POST", "/v1/reservations/r/commit");
    await its.superuser.query("update reservation set state = 'held', lines = $1", [JSON.stringify(rows[0]?.lines)]);
    const sold = { ...held, state: "committed", lines: [{ ...held.lines[0], open: 0 }] };
    expect(await mismatches()).toEqual([{ ...named, expected: sold, actual: held, position: 7 }]);
  });

  it("names one that was deleted, one that no event made, and one that nobody can read", async () => {
    await its.superuser.query(
      `insert into reservation select (jsonb_populate_record(r, '{"reservation_id": "s"}')).* from reservation r`,
    );
    await its.superuser.query("delete from reservation where reservation_id = 'r'");
    expect(await mismatches()).toEqual([
      { ...named, expected: held, actual: null, position: 6 },
      { ...named, reservation_id: "s", expected: null, actual: held, position: 0 },
    ]);
    await its.superuser.query(`update reservation set reservation_id = 'r', lines = '"none"'`);
    expect(await mismatches()).toEqual([{ ...named, expected: held, actual: null, position: 6 }]);
  });
});

describe("an audit by a merchant", () => {
  let asOther: { authorization: string };
  beforeEach(async () => {
    await its.ask("POST", "/v1/merchants", { merchant_id: "other" }, asOperator);
    const made = await its.ask("POST", "/v1/merchants/other/tokens", { label: "test" }, asOperator);
    asOther = { authorization: `Bearer ${made.body.token}` };
    await its.ask("POST", "/v1/events", { events: [event({ sku: "A", quantity: 5 })] }, asOther);
    await its.ask("POST", "/v1/events", { events: [event({ sku: "A", quantity: 1 })] });
  });
  const asMerchant = {};

  it("is of its own events, balances and reservations, and says nothing of anybody else's", async () => {
    expect(await audit(asMerchant)).toEqual({ events: 7, balances: 3, reservations: 1, mismatches: [] });
    expect(await audit(asOther)).toEqual({ events: 1, balances: 1, reservations: 0, mismatches: [] });
    await its.superuser.query("update balance set on_hand = 0");
    await its.superuser.query("update event set source = 'nobody' where merchant_id = $1", [merchant]);
    await its.superuser.query("update reservation set state = 'released'");
    expect((await audit(asOther)).mismatches).toEqual([
      { kind: "balance", ...at("A"), merchant_id: "other", expected: units(5), actual: units(0), position: 7 },
    ]);
  });

  it("names its own event that was changed, though others' stand before it", async () => {
    await its.superuser.query("update event set source = 'nobody' where merchant_id = 'other'");
    expect((await audit(asOther)).mismatches).toEqual([brokenChain(7, { ...at("A"), merchant_id: "other" })]);
    expect((await audit(asMerchant)).mismatches).toEqual([]);
  });

  it("names a place where an event is missing, which may be its own", async () => {
    await its.superuser.query("delete from event where position = 7");
    for (const headers of [asMerchant, asOther]) {
      expect((await audit(headers)).mismatches).toContainEqual(brokenChain(7));
    }
  });
});

describe("an audit that is asked for while two are under way", () => {
  it("is put off, and possible again once they are over", async () => {
    // Whoever reads the log waits.
    await its.superuser.query("begin");
    await its.superuser.query("lock table event in access exclusive mode");
    const asked = [1, 2, 3].map(() => its.ask("POST", "/v1/audit", undefined, asOperator));
    const first = await Promise.race(asked);
    await its.superuser.query("rollback");
    expect(first).toMatchObject({ status: 503, body: { code: "busy" } });
    expect(first.headers.get("retry-after")).toBe("10");
    const others = (await Promise.all(asked)).filter((answer) => answer !== first);
    for (const other of others) expect(other).toMatchObject({ status: 200, body: { events: 6, mismatches: [] } });
    expect(await audit()).toMatchObject({ events: 6, mismatches: [] });
  });
});
