import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Night } from "./night.ts";
import { startNight } from "./night.ts";
import { watchOpenCalls } from "./open-calls.ts";

const SKUS = ["BOOT-42", "CAP", "SCARF", "VASE"] as const;
const [BOOT, CAP, SCARF, VASE] = SKUS;

/** The call that writes quantities, by the channel's own name of it. */
const WRITES = {
  shopify: { operation: "inventorySetQuantities", method: "POST" },
  amazon: { operation: "patchListingsItem", method: "PATCH" },
  ebay: { operation: "bulkUpdatePriceQuantity", method: "POST" },
  walmart: { operation: "updateMultiNodeInventory", method: "PUT" },
} as const;

/** By then the jobs of a killed worker run elsewhere: only the lease keeps the newer number back. */
const SLOW_MS = 20_000;

describe("a night in which parts are killed", { timeout: 300_000 }, () => {
  let night: Night;
  beforeAll(async () => {
    night = await startNight("redis", SKUS);
  });
  afterAll(() => night?.stop());

  it("keeps every acknowledged reservation once when the ledger is killed under checkouts that repeat", async () => {
    const { deployment } = night;
    const ids = Array.from({ length: 24 }, (_, index) => `cart-${index}`);
    let sold = 0;
    const checkouts = Promise.all(
      ids.map(async (id, index) => {
        // In four queues, so that some come before the ledger is killed, some while it is away, and some after.
        await deployment.until(`${id} has its turn`, () => sold >= index - 4);
        await night.checkout(id, BOOT);
        sold += 1;
      }),
    );
    await deployment.until("a third of the checkouts are paid", () => sold >= ids.length / 3);
    await deployment.part("ledger").kill();
    expect(sold).toBeLessThan(ids.length);
    await deployment.start("ledger");
    await checkouts;

    const log = await night.log();
    for (const type of ["inventory.reserve", "inventory.sale"] as const) {
      const found = log.filter((event) => event.event_type === type).map((event) => event.reservation_id ?? "");
      expect(found.filter((id) => ids.includes(id)).toSorted()).toEqual(ids.toSorted());
    }
    await night.converged();
    expect((await night.ledger.audit()).mismatches).toEqual([]);
  });

  it("hears of every order although the gateway is killed while webhooks arrive", async () => {
    const { deployment } = night;
    await Promise.all(night.shops.map((shop) => night.buy(shop, CAP)));
    await deployment.part("gateway").kill();
    await Promise.all(night.shops.map((shop) => night.buy(shop, CAP)));
    const failed = night.shops
      .filter(({ simulator }) => simulator.kind !== "amazon")
      .map(
        ({ simulator, account }) =>
          () =>
            simulator.history(account).some((event) => event.type === "notified" && event.status === "failed"),
      );
    await deployment.until("the channels found the door closed", () => failed.every((isFailed) => isFailed()));
    await deployment.start("gateway");
    expect(await night.redeliver(1)).toMatchObject({ failed: 0 });
    await night.converged();
    // Shopify has dropped its subscriptions by then, after eight failures.
    await night.lookAfter();
  });

  it("reaches channels that answer 503, cut answers, lose them or reset connections for a while", async () => {
    const failures = {
      shopify: { times: 3, effect: { type: "cut" } },
      amazon: { times: 3, effect: { type: "lose_answer" } },
      ebay: { times: 3, effect: { type: "status", status: 503, body: "<html>Service Unavailable</html>" } },
      walmart: { times: 3, effect: { type: "reset" } },
    } as const;
    for (const { simulator, account } of night.shops) {
      simulator.fault({ account, operation: WRITES[simulator.kind].operation, ...failures[simulator.kind] });
    }
    await night.sellAtTill(SCARF);
    for (const shop of night.shops) await night.buy(shop, SCARF);
    await night.converged();
    const tries = night.shops.map(({ simulator, account }) =>
      simulator
        .history(account)
        .filter((event) => event.type === "call" && event.operation === WRITES[simulator.kind].operation),
    );
    expect(tries.every((calls) => calls.length > 3)).toBe(true);
  });

  it("outlives a connection that is lost between two queries of a transaction", async () => {
    const client = await night.store.connect();
    const backend = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    const ended = new Promise((resolve) => client.once("end", resolve));
    await night.store.query("select pg_terminate_backend($1)", [backend.rows[0]?.pid]);
    await ended;
    await expect(client.query("select 1")).rejects.toThrow("not queryable");
    client.release(true);
    expect((await night.store.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  it("comes back by itself when PostgreSQL is killed under load", async () => {
    const rush = Promise.all([
      ...Array.from({ length: 10 }, (_, index) => night.checkout(`rush-${index}`, SCARF)),
      ...night.shops.map((shop) => night.buy(shop, SCARF)),
    ]);
    await night.postgres.kill();
    await night.postgres.restart();
    await rush;
    expect(await night.redeliver(1)).toMatchObject({ failed: 0 });
    await night.converged();
    expect((await night.ledger.audit()).mismatches).toEqual([]);
  });

  it("leaves no listing at an older number when the worker is killed while the channels' answers are out", async () => {
    const { deployment } = night;
    const calls = watchOpenCalls();
    for (const { simulator, account } of night.shops) {
      const { operation } = WRITES[simulator.kind];
      simulator.fault({ account, operation, effect: { type: "delay", ms: SLOW_MS } });
    }
    const writes = () =>
      night.shops.map(({ simulator, account }) =>
        simulator
          .history(account)
          .flatMap((event) => (event.type === "quantity_written" && event.sku === VASE ? [event.to] : [])),
      );
    const before = writes().map((of) => of.length);
    await night.sellAtTill(VASE);
    await deployment.until("each channel is at work on a call", () =>
      night.shops.every(({ simulator: { kind, url } }) => calls.count(url, WRITES[kind].method) === 1),
    );
    calls.stop();
    await deployment.part("worker").kill();
    await night.sellAtTill(VASE);
    await deployment.start("worker");
    await night.converged();
    // The killed worker's number was written, late, and then the newest one.
    const after = writes().map((of, index) => of.slice(before[index]));
    expect(after).toEqual(night.shops.map(() => [59, 58]));
  });
});
