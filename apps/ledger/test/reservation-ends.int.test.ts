import { until } from "@lastunit/test-support";
import { describe, expect, it } from "vitest";
import { history, type LogEvent } from "../src/http/schemas.ts";
import { useLedgerProcesses } from "./fixtures.ts";
import { asOperator, call, event, stockedSku, type Answer } from "./service.ts";

/*
 * A reservation may be ended from several sides at the moment its time is over: by its caller, by a sale that names it,
 * and by either of two ledger processes, which both look for what has expired.
 */
const { urlOf } = useLedgerProcesses();

const COUNT = 60;

/** Reservations of one unit each that all expire within moments, and their SKU. */
async function expiring(name: string): Promise<{ readonly sku: string; readonly held: Held[] }> {
  const sku = await stockedSku(urlOf(0), COUNT);
  const lines = [{ sku, location_id: "WH1", quantity: 1 }];
  const held = await Promise.all(
    Array.from({ length: COUNT }, async (_, n) => {
      const id = `${name}-${n}`;
      const { body } = await call(urlOf(n), "POST", "/v1/reservations", { reservation_id: id, lines, ttl_seconds: 1 });
      return { id, n, expiresAt: Date.parse(body.expires_at) };
    }),
  );
  return { sku, held };
}

interface Held {
  readonly id: string;
  readonly n: number;
  readonly expiresAt: number;
}

/**
 * Spread over the moments around the expiry: from 30 ms before it to 270 ms after. Each process looks every 250 ms for what
 * has expired, so it does meanwhile.
 */
const nearExpiry = ({ n, expiresAt }: Held) =>
  until("its time is nearly over", () => Date.now() >= expiresAt - 30 + (300 * ((n * 7) % COUNT)) / (COUNT - 1));

const commit = ({ id, n }: Held) => call(urlOf(n), "POST", `/v1/reservations/${id}/commit`, {});
const release = ({ id, n }: Held) => call(urlOf(n + 1), "DELETE", `/v1/reservations/${id}`);
const stockOf = async (sku: string) => (await call(urlOf(0), "GET", `/v1/stock/${sku}`)).body;

/** The event by which each reservation ended, once all have. */
async function endsOf(sku: string): Promise<Map<string, LogEvent>> {
  await until("nothing is reserved", async () => (await stockOf(sku)).reserved === 0);
  const { body } = await call(urlOf(0), "GET", `/v1/stock/${sku}/history?limit=1000`);
  const told = history.parse(body);
  if (!("events" in told)) throw new Error("no history");
  const ends = told.events.filter((one) => one.reserved_change < 0);
  const byReservation = new Map(ends.map((one) => [one.reservation_id ?? "", one]));
  expect(ends).toHaveLength(COUNT);
  expect(byReservation.size).toBe(COUNT);
  return byReservation;
}

const mismatches = async () => {
  return (await call(urlOf(1), "POST", "/v1/audit", undefined, asOperator)).body.mismatches;
};

const wordOf = ({ status, body }: Answer): string => (status === 200 ? body.state : body.code);

/** What commit and release must be answered when the reservation ended by this event. */
function answersFor(end: LogEvent | undefined): { readonly committed: string; readonly released: string } {
  return end?.event_type === "inventory.sale"
    ? { committed: "committed", released: "reservation_committed" }
    : { committed: `reservation_${end?.reason}`, released: String(end?.reason) };
}

describe("a reservation that is committed, released and expires at the same moment", () => {
  it("ends once, and everybody is answered by how it ended", async () => {
    const { sku, held } = await expiring("ends");
    const answered = await Promise.all(
      held.map(async (one) => {
        await nearExpiry(one);
        const [committed, released] = await Promise.all([commit(one), release(one)]);
        return { id: one.id, committed: wordOf(committed), released: wordOf(released) };
      }),
    );
    const ends = await endsOf(sku);
    for (const { id, ...answers } of answered) expect(answers).toEqual(answersFor(ends.get(id)));
    const sold = [...ends.values()].filter((end) => end.event_type === "inventory.sale").length;
    expect(await stockOf(sku)).toMatchObject({ on_hand: COUNT - sold, reserved: 0 });
    expect(await mismatches()).toEqual([]);
  });
});

describe("a sale that consumes a reservation while it expires", () => {
  it("is recorded, and gives the reserved unit back or finds it given back, never both", async () => {
    const { sku, held } = await expiring("sale");
    const answers = await Promise.all(
      held.map(async (one) => {
        await nearExpiry(one);
        const sale = event({ sku, event_type: "inventory.sale", quantity: 1, reservation_id: one.id });
        // Told twice at once, to either process.
        return await Promise.all([0, 1].map((n) => call(urlOf(n), "POST", "/v1/events", { events: [sale] })));
      }),
    );
    for (const both of answers) {
      const statuses = new Set(both.map((answer) => answer.body.results[0].status));
      expect(statuses).toEqual(new Set(["recorded", "duplicate"]));
    }
    for (const end of (await endsOf(sku)).values()) {
      const isSold = end.event_type === "inventory.sale";
      expect(isSold ? end.on_hand_change : end.reason).toBe(isSold ? -1 : "expired");
    }
    expect(await stockOf(sku)).toMatchObject({ on_hand: 0, reserved: 0, available: 0 });
    expect(await mismatches()).toEqual([]);
  });

  it("at another location gives it back where it was held, or finds it given back", async () => {
    const { sku, held } = await expiring("elsewhere");
    await Promise.all(
      held.map(async (one) => {
        await nearExpiry(one);
        const where = { sku, location_id: "WH2", reservation_id: one.id };
        await call(urlOf(one.n), "POST", "/v1/events", { events: [event({ ...where, event_type: "inventory.sale" })] });
      }),
    );
    for (const end of (await endsOf(sku)).values()) expect(["sold_elsewhere", "expired"]).toContain(end.reason);
    expect(await stockOf(sku)).toMatchObject({ on_hand: 0, reserved: 0 });
    expect(await mismatches()).toEqual([]);
  });
});
