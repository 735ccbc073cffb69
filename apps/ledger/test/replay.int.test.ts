import { createLogger } from "@lastunit/config";
import { until } from "@lastunit/test-support";
import { beforeEach, describe, expect, it } from "vitest";
import { replay } from "../src/index.ts";
import { haveBalancesReadAnew } from "../src/replay/apply.ts";
import { useFreshLedger } from "./fixtures.ts";
import { asOperator, event, merchant } from "./service.ts";

const its = useFreshLedger();

/** 10 of A received (1), 4 of B (2), 1 of B moved to WH2 (3); 2 of B reserved as `r` (4), 1 of A sold as `s` (5, 6). */
beforeEach(async () => {
  await tell(
    event({ sku: "A", quantity: 10 }),
    event({ sku: "B", quantity: 4 }),
    event({ sku: "B", event_type: "inventory.transfer", quantity: 1, to_location_id: "WH2" }),
  );
  await reserve("r", "B", 2);
  await reserve("s", "A", 1);
  await its.ask("POST", "/v1/reservations/s/commit");
});

const tell = (...events: Record<string, unknown>[]) => its.ask("POST", "/v1/events", { events });
const sell = (sku: string) => tell(event({ sku, event_type: "inventory.sale", quantity: 1 }));
const reserve = (id: string, sku: string, quantity: number) =>
  its.ask("POST", "/v1/reservations", {
    reservation_id: id,
    lines: [{ sku, location_id: "WH1", quantity }],
    ttl_seconds: 600,
  });

function run(options: {
  readonly apply: boolean;
  readonly despiteBrokenChain?: boolean;
  readonly onProgress?: (events: number, of: number) => void;
}) {
  const log = createLogger({ name: "test", level: "silent" });
  const defaults = { connectionString: its.databaseUrl, despiteBrokenChain: false, log, onProgress: () => undefined };
  return replay({ ...defaults, ...options });
}

async function books() {
  const balances = await its.superuser.query("select * from balance order by merchant_id, sku, location_id");
  const reservations = await its.superuser.query("select * from reservation order by merchant_id, reservation_id");
  return { balances: balances.rows, reservations: reservations.rows };
}

async function mismatches(): Promise<{ kind: string; sku: string; position: number }[]> {
  return (await its.ask("POST", "/v1/audit", undefined, asOperator)).body.mismatches;
}

async function isReplayWaiting(): Promise<boolean> {
  // In a transaction, PostgreSQL goes on showing what it showed first.
  await its.superuser.query("select pg_stat_clear_snapshot()");
  const { rowCount } = await its.superuser.query(
    "select from pg_stat_activity where application_name = 'lastunit-replay' and wait_event_type = 'Lock'",
  );
  return rowCount === 1;
}

const nothing = { balances: 0, reservations: 0, told: 0, brokenAt: null };

describe("a replay", () => {
  it("of books that are right corrects nothing", async () => {
    const before = await books();
    expect(await run({ apply: true })).toEqual({ ...nothing, events: 6, isApplied: true });
    expect(await books()).toEqual(before);
  });

  it("makes balances and reservations again when all of them are gone, and others that no event made go", async () => {
    const before = await books();
    await its.superuser.query("truncate balance, reservation");
    await its.superuser.query("insert into balance values ($1, 'C', 'WH1', 7, 0, 4)", [merchant]);
    await its.superuser.query("insert into reservation values ($1, 'x', 'held', '[]', null, null, 'nobody', null)", [
      merchant,
    ]);
    expect(await run({ apply: true })).toEqual({
      events: 6,
      balances: 4,
      reservations: 3,
      told: 0,
      brokenAt: null,
      isApplied: true,
    });
    const { balances, reservations } = await books();
    expect(reservations).toEqual(before.reservations);
    // The position of a row is that of the batch that wrote it last; made again, that of its last event.
    const unplaced = (rows: object[]) => rows.map((row) => ({ ...row, position: expect.any(Number) }));
    expect(balances).toEqual(unplaced(before.balances));
    expect(await mismatches()).toEqual([]);
  });

  it("that is not to be applied says what it would correct and changes nothing", async () => {
    await its.superuser.query("update balance set on_hand = on_hand + 1");
    await its.superuser.query("update reservation set state = 'released'");
    const before = await books();
    expect(await run({ apply: false })).toEqual({
      ...nothing,
      events: 6,
      balances: 3,
      reservations: 2,
      isApplied: false,
    });
    expect(await books()).toEqual(before);
  });

  it("tells followers of a balance that was noted wrongly, as the ledger went on from a changed one", async () => {
    await its.superuser.query("update balance set on_hand = on_hand + 5 where sku = 'A'");
    await haveBalancesReadAnew(its.superuser);
    await sell("A");
    const { told } = await run({ apply: true });
    expect(told).toBe(1);
    const { body } = await its.ask("GET", "/v1/stock/A/history?limit=2");
    expect(body.events).toMatchObject([
      { event_type: "inventory.adjustment", quantity_change: 0, on_hand: 8, source: "lastunit" },
      { event_type: "inventory.sale", on_hand: 13 },
    ]);
    // What was noted wrongly stays so in the log, and the audit goes on to name it.
    expect(await mismatches()).toMatchObject([{ kind: "event", sku: "A", position: 7 }]);
    expect(await run({ apply: true })).toMatchObject({ balances: 0, told: 0 });
  });

  it("ends a telling that was cut short: the row is right, but nobody was told", async () => {
    await its.superuser.query("update balance set on_hand = on_hand + 5 where sku = 'A'");
    await haveBalancesReadAnew(its.superuser);
    await sell("A");
    await its.superuser.query("update balance set on_hand = on_hand - 5 where sku = 'A'");
    expect(await run({ apply: true })).toMatchObject({ balances: 1, told: 1 });
    expect((await its.ask("GET", "/v1/stock/A")).body.on_hand).toBe(8);
  });

  it("corrects a reservation that went on from a changed row", async () => {
    await its.superuser.query(`update reservation set lines = '[]', asked = null where reservation_id = 'r'`);
    await tell(event({ sku: "B", event_type: "inventory.release", quantity: 1, reservation_id: "r" }));
    expect(await run({ apply: true })).toMatchObject({ reservations: 1 });
    expect((await mismatches()).filter((one) => one.kind === "reservation")).toEqual([]);
    expect((await its.ask("POST", "/v1/reservations/r/commit")).status).toBe(200);
    expect((await its.ask("GET", "/v1/stock/B")).body).toMatchObject({ reserved: 0 });
  });

  it("folds in what was recorded after it looked, of the balances and reservations it corrects", async () => {
    await its.superuser.query("update reservation set source = 'nobody' where reservation_id = 'r'");
    await its.superuser.query("update balance set on_hand = on_hand + 5");
    let meanwhile: Promise<unknown> | undefined;
    // It has its snapshot by then, and corrects nothing before the last event is checked.
    const onProgress = () => {
      meanwhile ??= Promise.all([its.ask("POST", "/v1/reservations/r/commit"), sell("A")]);
    };
    expect(await run({ apply: true, onProgress })).toMatchObject({ balances: 3, reservations: 1 });
    await meanwhile;
    expect((await mismatches()).filter((one) => one.kind !== "event")).toEqual([]);
    expect((await its.ask("GET", "/v1/stock/A")).body).toMatchObject({ on_hand: 8 });
    const { reservations } = await books();
    expect(reservations).toMatchObject([{ reservation_id: "r", state: "committed", source: "checkout" }, {}]);
  });

  it("refuses a log whose chain is broken, and says where; unless it is told to take the log as it is", async () => {
    await its.superuser.query("update event set quantity = 20, on_hand_change = 20 where position = 1");
    const before = await books();
    await expect(run({ apply: true })).rejects.toMatchObject({ name: "BrokenChain", position: 1 });
    expect(await books()).toEqual(before);
    const report = await run({ apply: true, despiteBrokenChain: true });
    expect(report).toMatchObject({ brokenAt: 1, balances: 1, told: 1 });
    expect((await its.ask("GET", "/v1/stock/A")).body.on_hand).toBe(19);
  });

  it("tells how far it is", async () => {
    const told: [number, number][] = [];
    await run({ apply: false, onProgress: (events, of) => told.push([events, of]) });
    expect(told.at(-1)).toEqual([6, 6]);
  });

  it("does not begin while another is under way", async () => {
    await its.superuser.query("begin");
    await its.superuser.query("lock table event in access exclusive mode");
    const both = [run({ apply: true }), run({ apply: true })];
    await expect(Promise.race(both)).rejects.toThrow("Another replay");
    await its.superuser.query("rollback");
    const ended = await Promise.allSettled(both);
    expect(ended.map((one) => one.status).toSorted((a, b) => a.localeCompare(b))).toEqual(["fulfilled", "rejected"]);
  });
});

describe("a replay beside clients that read and write", () => {
  it.each([
    ["looks for what differs", "lock table reservation in access exclusive mode"],
    ["corrects it", "select from balance where sku = 'B' for update"],
  ])("keeps nobody from reading while it %s", async (_what, holdUp) => {
    await its.superuser.query("update balance set on_hand = on_hand + 1");
    await its.superuser.query("begin");
    await its.superuser.query(holdUp);
    const replaying = run({ apply: true });
    try {
      await until("the replay is held up", isReplayWaiting, { timeoutMs: 10_000 });
      let answered = 0;
      const reads = ["/v1/stock/A", "/v1/stock/B", "/v1/stock?sku=A&sku=B", "/v1/stock/A/history"].map(async (path) => {
        expect((await its.ask("GET", path)).status).toBe(200);
        answered += 1;
      });
      await until("all reads are answered", () => answered === reads.length, { timeoutMs: 10_000 });
    } finally {
      await its.superuser.query("rollback");
    }
    expect(await replaying).toMatchObject({ balances: 3 });
  });

  it("loses nothing of what is recorded meanwhile, and keeps nobody from reading", async () => {
    const skus = Array.from({ length: 1_500 }, (_, n) => `SKU-${n}`);
    await tell(...skus.slice(0, 750).map((sku) => event({ sku, quantity: 100 })));
    await tell(...skus.slice(750).map((sku) => event({ sku, quantity: 100 })));
    await Promise.all(skus.slice(0, 300).map((sku) => reserve(`r-${sku}`, sku, 1)));
    await its.superuser.query("update balance set on_hand = on_hand + 7 where sku like 'SKU-%'");
    await its.superuser.query("delete from balance where sku like 'SKU-%1'");
    await its.superuser.query("update reservation set lines = '[]' where reservation_id like 'r-%'");
    await haveBalancesReadAnew(its.superuser);

    const over = new AbortController();
    let sold = 0;
    const sellers = Array.from({ length: 4 }, async () => {
      while (!over.signal.aborted) {
        sold += 1;
        const sku = skus[(sold * 7) % skus.length] ?? "";
        expect((await sell(sku)).body.results[0].status).toBe("recorded");
        if (sold % 10 === 0) await its.ask("DELETE", `/v1/reservations/r-${sku}`);
      }
    });
    const reader = (async () => {
      while (!over.signal.aborted) expect((await its.ask("GET", "/v1/stock/SKU-1")).status).toBe(200);
    })();
    try {
      expect(await run({ apply: true })).toMatchObject({ balances: 1_500, reservations: 300 });
    } finally {
      over.abort();
      await Promise.all([...sellers, reader]);
    }

    // Only what was noted while the rows were wrong is left.
    expect((await mismatches()).filter((one) => one.kind !== "event")).toEqual([]);
    const { rows } = await its.superuser.query<{ on_hand: number }>(
      "select sum(on_hand)::bigint as on_hand from balance where sku like 'SKU-%'",
    );
    expect(rows[0]?.on_hand).toBe(150_000 - sold);
    // And whoever follows was told of every balance that had been.
    expect(await run({ apply: true })).toMatchObject({ balances: 0, reservations: 0 });
  });
});
