import { raceForLastUnit } from "@lastunit/test-support";
import { describe, expect, it } from "vitest";
import { useLedgerProcesses } from "./fixtures.ts";
import { asOperator, call, event, token, type Answer } from "./service.ts";

/*
 * What two ledger processes are asked for at the same moment. Where a title names another project, its users met the
 * race there: the number is that of the issue or pull request in the project's own repository.
 */
const { urlOf } = useLedgerProcesses();

const line = (sku: string, quantity = 1) => ({ sku, location_id: "WH1", quantity });

const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const statusesOf = (answers: readonly Answer[]) => Object.groupBy(answers, (one) => one.status);
const tell = (n: number, ...events: unknown[]) => call(urlOf(n), "POST", "/v1/events", { events });
const stocked = (sku: string, quantity: number) => tell(0, event({ sku, quantity }));
const reserve = (n: number, id: string, lines: unknown) =>
  call(urlOf(n), "POST", "/v1/reservations", { reservation_id: id, lines, ttl_seconds: 3_600 });
const balanceOf = async (sku: string) => (await call(urlOf(0), "GET", `/v1/stock/${sku}`)).body;

describe("two ledger processes at once", () => {
  it("sell the last unit once, to one of 200 checkouts (Magento 25653, Vendure 3508, WooCommerce 44273, Sylius 2776)", async () => {
    expect(await raceForLastUnit([urlOf(0), urlOf(1)], token, "last")).toEqual({ 201: 1, 409: 199 });
    expect(await balanceOf("last")).toMatchObject({ on_hand: 1, reserved: 1, available: 0 });
  });

  it("sell each of the last units once when sales under enforce and checkouts want them (InvenTree 12478)", async () => {
    await stocked("mixed", 10);
    const sale = () => event({ sku: "mixed", event_type: "inventory.sale", quantity: 1, policy: "enforce" });
    const [sold, held] = await Promise.all([
      Promise.all(times(30, (n) => tell(n, sale()))),
      Promise.all(times(30, (n) => reserve(n + 1, `mixed-${n}`, [line("mixed")]))),
    ]);
    const recorded = sold.filter((answer) => answer.body.results[0].status === "recorded").length;
    const reserved = held.filter((answer) => answer.status === 201).length;
    expect(recorded + reserved).toBe(10);
    expect(await balanceOf("mixed")).toMatchObject({ on_hand: 10 - recorded, reserved, available: 0 });
  });

  it("hold all lines of a cart or none, also when two name the same SKU (Medusa 16502, Vendure 2702, Odoo 228526)", async () => {
    await stocked("twice", 11);
    const cart = [line("twice"), line("twice")];
    const answers = statusesOf(await Promise.all(times(40, (n) => reserve(n, `twice-${n}`, cart))));
    expect(answers[201]).toHaveLength(5);
    expect(answers[409]).toHaveLength(35);
    for (const { body } of answers[409] ?? []) expect(body.lines).toMatchObject([{ sku: "twice", requested: 2 }]);
    expect(await balanceOf("twice")).toMatchObject({ reserved: 10, available: 1 });
  });

  it("sell both lines of an order that names the same SKU twice, each once, however often they are told", async () => {
    await stocked("order", 10);
    const order = [1, 2].map((n) =>
      event({ event_id: `order:1:line:${n}`, sku: "order", event_type: "inventory.sale" }),
    );
    await Promise.all(times(20, (n) => tell(n, ...(n % 3 === 0 ? order.toReversed() : order))));
    expect(await balanceOf("order")).toMatchObject({ on_hand: 8 });
  });

  it("hold one reservation once when its caller repeats it in parallel", async () => {
    await stocked("repeated", 10);
    const answers = statusesOf(await Promise.all(times(50, (n) => reserve(n, "same", [line("repeated", 2)]))));
    expect(answers[201]).toHaveLength(1);
    expect(answers[200]).toHaveLength(49);
    expect(await balanceOf("repeated")).toMatchObject({ reserved: 2 });
  });

  it("never refuse a caller what it holds itself: its own live hold of the last unit (WooCommerce 67931)", async () => {
    await stocked("own", 1);
    expect((await reserve(0, "own", [line("own")])).status).toBe(201);
    const [retries, others] = await Promise.all([
      Promise.all(times(30, (n) => reserve(n, "own", [line("own")]))),
      Promise.all(times(30, (n) => reserve(n, `other-${n}`, [line("own")]))),
    ]);
    expect(statusesOf(retries)[200]).toHaveLength(30);
    expect(statusesOf(others)[409]).toHaveLength(30);
  });

  it("never deadlock on carts that name the same SKUs in opposite order (WooCommerce 25708, Medusa 11403)", async () => {
    const skus = ["north", "east", "south", "west"];
    await Promise.all(skus.map((sku) => stocked(sku, 50)));
    const cart = (n: number) => {
      const turned = [...skus.slice(n % 4), ...skus.slice(0, n % 4)].map((sku) => line(sku));
      return n % 8 < 4 ? turned : turned.toReversed();
    };
    const answers = statusesOf(await Promise.all(times(120, (n) => reserve(n, `cart-${n}`, cart(n)))));
    expect(answers[201]).toHaveLength(50);
    expect(answers[409]).toHaveLength(70);
    for (const sku of skus) expect(await balanceOf(sku)).toMatchObject({ reserved: 50, available: 0 });
  });

  it("apply an event id once when both are told of it, many times, in parallel batches", async () => {
    const sale = event({ sku: "told", event_type: "inventory.sale", quantity: 1 });
    const others = () => times(5, () => event({ sku: "told", quantity: 1 }));
    const answers = await Promise.all(times(20, (n) => tell(n, ...others(), sale, ...others())));
    const results = answers.map((answer) => answer.body.results[5]);
    expect(results.filter((result) => result.status === "recorded")).toHaveLength(1);
    expect(results.filter((result) => result.status === "duplicate")).toHaveLength(19);
    expect(new Set(results.map((result) => result.position)).size).toBe(1);
    expect(await balanceOf("told")).toMatchObject({ on_hand: 200 - 1 });
  });

  it("refuse all but one of the contents that one event id is told with", async () => {
    const told = (n: number) => event({ event_id: "contested", sku: "contested", quantity: 1 + (n % 5) });
    const results = (await Promise.all(times(20, (n) => tell(n, told(n))))).map((answer) => answer.body.results[0]);
    const by = Object.groupBy(results, (result) => result.code ?? result.status);
    expect(by["recorded"]).toHaveLength(1);
    expect(by["duplicate"]).toHaveLength(3);
    expect(by["idempotency_conflict"]).toHaveLength(16);
    expect((await balanceOf("contested")).on_hand).toBe(by["recorded"]?.[0].on_hand);
  });

  it("count every sale and restock of one unit, though each looks like the one before, and each once", async () => {
    await stocked("swing", 5);
    const pair = (n: number) => [
      event({ event_id: `swing:sale:${n}`, sku: "swing", event_type: "inventory.sale", quantity: 1 }),
      event({ event_id: `swing:return:${n}`, sku: "swing", event_type: "inventory.return", quantity: 1 }),
    ];
    // Every pair is told three times at once, by either process and in either order.
    const tellings = times(100, pair).flatMap((told) => [told, told.toReversed(), told]);
    await Promise.all(tellings.map((told, n) => tell(n, ...told)));
    expect(await balanceOf("swing")).toMatchObject({ on_hand: 5 });
    const { body } = await call(urlOf(0), "GET", "/v1/stock/swing/history?limit=1000");
    expect(body.events).toHaveLength(1 + 200);
  });

  it("leave books that bear an audit, and a log without a gap", async () => {
    const { body } = await call(urlOf(1), "POST", "/v1/audit", undefined, asOperator);
    expect(body.mismatches).toEqual([]);
    const log = await call(urlOf(1), "GET", "/v1/events?limit=5000");
    expect(log.body.events.map((one: { position: number }) => one.position)).toEqual(times(body.events, (n) => n + 1));
  });

  it("wake a follower of the one by a commit of the other", async () => {
    const { body } = await call(urlOf(0), "GET", "/v1/events?limit=5000");
    const waiting = call(urlOf(1), "GET", `/v1/events?after=${body.next}&wait_ms=20000`);
    const asked = performance.now();
    await stocked("woken", 1);
    expect((await waiting).body.events).toHaveLength(1);
    // Else it would be told when its wait is over.
    expect(performance.now() - asked).toBeLessThan(15_000);
  });
});
