import { until } from "@lastunit/test-support";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLOCK_TRUST_MS } from "../src/commit/memory.ts";
import { haveBalancesReadAnew } from "../src/replay/apply.ts";
import { useService } from "./fixtures.ts";
import { call, connectTo, type Answer } from "./service.ts";

/* What a ledger process remembers of the books, and who else changes them (docs/adr/0010). */
const its = useService();
let superuser: pg.Client;
let other: string;

beforeAll(async () => {
  superuser = await connectTo(its.databaseUrl);
  other = (await its.another()).url;
});
afterAll(() => superuser.end());

let reservations = 0;
function reserve(url: string, sku: string, quantity: number, id?: string): Promise<Answer> {
  reservations += 1;
  const line = { sku, location_id: "WH1", quantity };
  const body = { reservation_id: id ?? `remembered-${reservations}`, lines: [line], ttl_seconds: 60 };
  return call(url, "POST", "/v1/reservations", body);
}

/**
 * What comes of something that this machine did not pause in: after that a ledger trusts its clock no more, and reads the
 * books again.
 */
async function withinTrust<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    const began = performance.now();
    const done = await act();
    if (performance.now() - began < CLOCK_TRUST_MS) return done;
  }
}

/** How often the server has looked into an index, as far as it has counted. */
async function looksInto(index: string): Promise<number> {
  const { rows } = await superuser.query<{ looks: number }>(
    "select idx_scan::int as looks from pg_stat_user_indexes where indexrelname = $1",
    [index],
  );
  return rows[0]?.looks ?? 0;
}

async function reservationsMade(): Promise<number> {
  const { rows } = await superuser.query<{ made: number }>(
    "select n_tup_ins::int as made from pg_stat_user_tables where relname = 'reservation'",
  );
  return rows[0]?.made ?? 0;
}

describe("a ledger that remembers a balance", () => {
  it("does not read it to refuse a checkout, only whether this is a repeat", async () => {
    const sku = await its.stocked(1);
    await reserve(its.url, sku, 1);
    const before = { balance: await looksInto("balance_pkey"), reservation: await looksInto("reservation_pkey") };
    const refusals = 200;
    for (let n = 0; n < refusals; n += 1) expect((await reserve(its.url, sku, 1)).status).toBe(409);
    // It counts once a second at most, and only at the end of a statement.
    await until("the server has counted them", async () => {
      await reserve(its.url, sku, 1);
      return (await looksInto("reservation_pkey")) - before.reservation >= refusals;
    });
    // A few, should this machine have paused for longer than the clock is trusted.
    expect((await looksInto("balance_pkey")) - before.balance).toBeLessThan(refusals / 4);
  });

  it("goes back to what it remembers after it was wrong once, while many ask at the same time", async () => {
    const sku = await its.stocked(1_000);
    await reserve(its.url, sku, 1, "known");
    await reserve(its.url, sku, 1);
    const before = { looks: await looksInto("reservation_pkey"), made: await reservationsMade() };
    const asking = Array.from({ length: 8 }, async (_, client) => {
      for (let n = 0; n < 60; n += 1) {
        const isRepeat = client === 0 && n === 5;
        const { status } = await reserve(its.url, sku, 1, isRepeat ? "known" : undefined);
        expect(status).toBe(isRepeat ? 200 : 201);
      }
    });
    await Promise.all(asking);
    await until("the server has counted them", async () => {
      await reserve(its.url, sku, 1);
      return (await reservationsMade()) - before.made >= 479;
    });
    // Under the lock each is looked for; else its key alone tells whether it is there.
    expect((await looksInto("reservation_pkey")) - before.looks).toBeLessThan(120);
  });

  it("goes on from what another ledger has written since", async () => {
    const sku = await its.stocked(10);
    expect((await reserve(its.url, sku, 4)).status).toBe(201);
    expect((await reserve(other, sku, 5)).status).toBe(201);
    expect((await reserve(its.url, sku, 2)).body).toMatchObject({ status: 409, lines: [{ available: 1 }] });
    expect((await reserve(its.url, sku, 1)).status).toBe(201);
    expect((await reserve(other, sku, 1)).body).toMatchObject({ status: 409, lines: [{ available: 0 }] });
  });

  it("does not refuse by it what another ledger has made possible since", async () => {
    const sku = await its.stocked(1);
    expect((await reserve(its.url, sku, 1, "gives-way")).status).toBe(201);
    expect((await reserve(its.url, sku, 1)).status).toBe(409);
    await call(other, "DELETE", "/v1/reservations/gives-way");
    expect((await reserve(its.url, sku, 1)).status).toBe(201);
  });

  it("answers a repeat with the reservation there is, also when nothing of it is left", async () => {
    const sku = await its.stocked(1);
    const first = await reserve(its.url, sku, 1, "repeated");
    const repeat = await reserve(its.url, sku, 1, "repeated");
    expect([first.status, repeat.status]).toEqual([201, 200]);
    expect(repeat.body).toEqual(first.body);
  });

  it("answers a repeat of what another ledger made, and refuses one that differs", async () => {
    const sku = await its.stocked(5);
    await reserve(its.url, sku, 1);
    const first = await reserve(other, sku, 1, "from-there");
    await reserve(its.url, sku, 1);
    expect((await reserve(its.url, sku, 1, "from-there")).body).toEqual(first.body);
    expect((await reserve(its.url, sku, 2, "from-there")).body).toMatchObject({ code: "idempotency_conflict" });
    expect((await its.stockOf(sku)).reserved).toBe(3);
  });

  it("answers the others of a batch in which one repeats an id", async () => {
    const sku = await its.stocked(100);
    await reserve(its.url, sku, 1, "one-of-many");
    const ids = Array.from({ length: 40 }, (_, n) => (n % 4 === 0 ? "one-of-many" : undefined));
    const answers = await Promise.all(ids.map((id) => reserve(its.url, sku, 1, id)));
    expect(answers.map(({ status }) => status)).toEqual(ids.map((id) => (id === undefined ? 201 : 200)));
    expect((await its.stockOf(sku)).reserved).toBe(31);
  });

  it("reads it again after a replay has corrected it", async () => {
    const sku = await its.stocked(5);
    await reserve(its.url, sku, 1);
    await superuser.query("update balance set on_hand = 2 where sku = $1", [sku]);
    await haveBalancesReadAnew(superuser);
    expect((await reserve(its.url, sku, 2)).body).toMatchObject({ status: 409, lines: [{ available: 1 }] });
  });

  it("puts right, with its next write, a row that was changed past the ledger", async () => {
    const { sku, statuses } = await withinTrust(async () => {
      const changed = await its.stocked(5);
      await reserve(its.url, changed, 1);
      await superuser.query("update balance set on_hand = 50 where sku = $1", [changed]);
      const answers = [await reserve(its.url, changed, 5), await reserve(its.url, changed, 1)];
      return { sku: changed, statuses: answers.map(({ status }) => status) };
    });
    expect(statuses).toEqual([409, 201]);
    expect(await its.stockOf(sku)).toMatchObject({ on_hand: 5, reserved: 2 });
  });

  it("is right after its connection was lost", async () => {
    const sku = await its.stocked(5);
    await reserve(its.url, sku, 1);
    await superuser.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'lastunit-ledger-writer'",
    );
    await until("it writes again", async () => (await reserve(its.url, sku, 1, "after-the-loss")).status < 300);
    expect((await reserve(its.url, sku, 4)).body).toMatchObject({ status: 409, lines: [{ available: 3 }] });
  });
});
