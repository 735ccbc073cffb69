import { describe, expect, it } from "vitest";
import { useService } from "../fixtures.ts";
import { event } from "../service.ts";

const { ask, stocked } = useService();

let sku: string;

const line = (quantity: number) => ({ sku, location_id: "WH1", quantity });
const reserve = (id: string, quantity: number) =>
  ask("POST", "/v1/reservations", { reservation_id: id, lines: [line(quantity)], ttl_seconds: 60 });
const commit = (id: string) => ask("POST", `/v1/reservations/${id}/commit`, {});
const release = (id: string) => ask("DELETE", `/v1/reservations/${id}`);
const tell = async (told: Record<string, unknown>) =>
  (await ask("POST", "/v1/events", { events: [event({ sku, ...told })] })).body.results[0];

/** What every refused event says; `facts` are what was asked for and what there was. */
const refused = (code: string, facts: object, retry = "never") => ({
  event_id: expect.any(String),
  status: "refused",
  code,
  message: expect.stringMatching(/\.$/),
  retry,
  ...facts,
});

/** What every refused call says, as `application/problem+json`. */
const problem = (status: number, code: string, facts: object, retry = "never") => ({
  status,
  body: {
    type: "about:blank",
    title: expect.any(String),
    status,
    code,
    detail: expect.stringMatching(/\.$/),
    retry,
    ...facts,
  },
});

describe("a refused call", () => {
  it("for want of stock names each short line: what was asked for, what was available, and that it may succeed later", async () => {
    sku = await stocked(3);
    const other = await stocked(1);
    await reserve("taken", 1);
    const lines = [line(2), line(1), { ...line(1), sku: other }, { ...line(1), location_id: "WH2" }];
    const answer = await ask("POST", "/v1/reservations", { reservation_id: "short", lines, ttl_seconds: 60 });
    expect(answer).toMatchObject(
      problem(
        409,
        "insufficient_stock",
        {
          lines: [
            { sku, location_id: "WH1", requested: 3, available: 2 },
            { sku, location_id: "WH2", requested: 1, available: 0 },
          ],
        },
        "after-stock-changes",
      ),
    );
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
  });

  it("on a reservation names it and how it stands", async () => {
    sku = await stocked(10);
    for (const id of ["sold", "given"]) await reserve(id, 1);
    await commit("sold");
    await release("given");
    const named = (reservation_id: string, state?: string) => ({ reservation_id, ...(state && { state }) });
    expect(await release("sold")).toMatchObject(problem(409, "reservation_committed", named("sold", "committed")));
    expect(await commit("given")).toMatchObject(problem(409, "reservation_released", named("given", "released")));
    expect(await commit("none")).toMatchObject(problem(404, "unknown_reservation", named("none")));
    expect(await release("none")).toMatchObject(problem(404, "unknown_reservation", named("none")));
    expect(await reserve("sold", 2)).toMatchObject(
      problem(409, "idempotency_conflict", { ...named("sold"), fields: ["lines.0.quantity"] }),
    );
  });
});

describe("a refused event", () => {
  const enforced = { policy: "enforce" };

  it.each([
    ["a sale", { event_type: "inventory.sale", quantity: 4 }, 4],
    ["a transfer", { event_type: "inventory.transfer", quantity: 4, to_location_id: "WH2" }, 4],
    ["a correction", { event_type: "inventory.adjustment", quantity: -4 }, 4],
    ["a count", { event_type: "inventory.adjustment", quantity: undefined, set_on_hand: 0 }, 4],
    ["a hold", { event_type: "inventory.reserve", quantity: 4 }, 4],
  ])("for want of stock says what was asked for and what was available: %s", async (_what, told, requested) => {
    sku = await stocked(4);
    await tell({ event_type: "inventory.reserve", quantity: 1 });
    expect(await tell({ ...enforced, ...told })).toEqual(
      refused("insufficient_stock", { requested, available: 3 }, "after-stock-changes"),
    );
  });

  it("for want of stock, of a sale that names a reservation, counts what that holds with both", async () => {
    sku = await stocked(4);
    await tell({ event_type: "inventory.reserve", quantity: 2, reservation_id: "own" });
    const sale = { ...enforced, event_type: "inventory.sale", quantity: 5, reservation_id: "own" };
    expect(await tell(sale)).toEqual(
      refused("insufficient_stock", { requested: 5, available: 4 }, "after-stock-changes"),
    );
    expect(await tell({ ...sale, quantity: 4 })).toMatchObject({ status: "recorded", available: 0 });
  });

  it("on a reservation says how much it holds, or how it stands", async () => {
    sku = await stocked(4);
    await tell({ event_type: "inventory.reserve", quantity: 2, reservation_id: "held" });
    const letGo = { event_type: "inventory.release", reservation_id: "held" };
    expect(await tell({ ...letGo, quantity: 3 })).toEqual(
      refused("exceeds_reservation", { reservation_id: "held", requested: 3, reserved: 2 }),
    );
    await tell({ ...letGo, quantity: undefined, reason: "order_cancelled" });
    const cancelled = refused("reservation_cancelled", { reservation_id: "held", state: "cancelled" });
    expect(await tell({ ...letGo, quantity: 1 })).toEqual(cancelled);
    expect(await tell({ event_type: "inventory.sale", reservation_id: "held" })).toEqual(cancelled);
    expect(await tell({ event_type: "inventory.reserve", reservation_id: "held" })).toEqual(cancelled);
    expect(await tell({ ...letGo, reservation_id: "no-such" })).toEqual(
      refused("unknown_reservation", { reservation_id: "no-such" }),
    );
  });
});
