import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Ledger } from "../src/index.ts";
import { call, event, startTestLedger, type TestLedger } from "./service.ts";

let service: TestLedger;
let processes: [Ledger, Ledger];

beforeAll(async () => {
  service = await startTestLedger();
  processes = [service.ledger, await service.another()];
});
afterAll(() => service.stop());

const urlOf = (n: number): string => processes[n % 2 === 0 ? 0 : 1].url;
const line = (sku: string, quantity = 1) => ({ sku, location_id: "WH1", quantity });

async function stocked(sku: string, quantity: number): Promise<void> {
  await call(urlOf(0), "POST", "/v1/events", { events: [event({ sku, quantity })] });
}

const reserve = (n: number, id: string, lines: unknown, ttl = 60) =>
  call(urlOf(n), "POST", "/v1/reservations", { reservation_id: id, lines, ttl_seconds: ttl });

async function balanceOf(sku: string) {
  return (await call(urlOf(0), "GET", `/v1/stock/${sku}`)).body;
}

describe("two ledger processes at once", () => {
  it("sell the last unit once, to one of 200 checkouts", async () => {
    await stocked("last", 1);
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => reserve(n, `last-${n}`, [line("last")])));
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(199);
    expect(await balanceOf("last")).toMatchObject({ on_hand: 1, reserved: 1, available: 0 });
  });

  it("hold one reservation once when its caller repeats it in parallel", async () => {
    await stocked("repeated", 10);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => reserve(n, "same", [line("repeated", 2)])));
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(49);
    expect(await balanceOf("repeated")).toMatchObject({ reserved: 2 });
  });

  it("never deadlock on carts that name the same SKUs in opposite order", async () => {
    await stocked("left", 50);
    await stocked("right", 50);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        reserve(n, `cart-${n}`, n % 2 === 0 ? [line("left"), line("right")] : [line("right"), line("left")]),
      ),
    );
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(50);
    expect(await balanceOf("left")).toMatchObject({ available: 0 });
    expect(await balanceOf("right")).toMatchObject({ available: 0 });
  });

  it("apply an event id once when both are told of it, many times, in parallel batches", async () => {
    const sale = event({ sku: "told", event_type: "inventory.sale", quantity: 1 });
    const others = () => Array.from({ length: 5 }, () => event({ sku: "told", quantity: 1 }));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        call(urlOf(n), "POST", "/v1/events", { events: [...others(), sale, ...others()] }),
      ),
    );
    const outcomes = answers.map((answer) => answer.body.results[5].status);
    expect(outcomes.filter((status) => status === "recorded")).toHaveLength(1);
    expect(outcomes.filter((status) => status === "duplicate")).toHaveLength(19);
    expect(await balanceOf("told")).toMatchObject({ on_hand: 200 - 1 });
  });

  it("end a reservation once when commit, release and its expiry come together", async () => {
    await stocked("ends", 40);
    await Promise.all(Array.from({ length: 40 }, (_, n) => reserve(n, `ends-${n}`, [line("ends")], 1)));
    const [{ body: log }] = await Promise.all([
      call(urlOf(0), "GET", "/v1/events?limit=5000"),
      ...Array.from({ length: 40 }, (_, n) => call(urlOf(n), "POST", `/v1/reservations/ends-${n}/commit`, {})),
      ...Array.from({ length: 40 }, (_, n) => call(urlOf(n + 1), "DELETE", `/v1/reservations/ends-${n}`)),
    ]);
    // Whatever was decided, the log has one end for each once the second is over.
    let after: number = log.next;
    const isOver = async () => (await balanceOf("ends")).reserved === 0;
    while (!(await isOver())) after = (await call(urlOf(0), "GET", `/v1/events?after=${after}&wait_ms=2000`)).body.next;
    const { body } = await call(urlOf(0), "GET", "/v1/stock/ends/history?limit=1000");
    const ends = body.events.filter((e: { reserved_change: number }) => e.reserved_change < 0);
    expect(ends).toHaveLength(40);
    expect(new Set(ends.map((e: { reservation_id: string }) => e.reservation_id)).size).toBe(40);
    const sold = ends.filter((e: { event_type: string }) => e.event_type === "inventory.sale").length;
    expect(await balanceOf("ends")).toMatchObject({ on_hand: 40 - sold, reserved: 0 });
  });

  it("leave books that bear an audit, and a log without a gap", async () => {
    const { body } = await call(urlOf(1), "POST", "/v1/audit");
    expect(body.mismatches).toEqual([]);
    const log = await call(urlOf(1), "GET", "/v1/events?limit=5000");
    expect(log.body.events.map((e: { position: number }) => e.position)).toEqual(
      Array.from({ length: body.events }, (_, index) => index + 1),
    );
  });

  it("wake a follower of the one by a commit of the other", async () => {
    const { body } = await call(urlOf(0), "GET", "/v1/events?limit=5000");
    const waiting = call(urlOf(1), "GET", `/v1/events?after=${body.next}&wait_ms=10000`);
    const asked = performance.now();
    await stocked("woken", 1);
    expect((await waiting).body.events).toHaveLength(1);
    expect(performance.now() - asked).toBeLessThan(5_000);
  });
});
