import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecordEvent } from "../src/domain/commands.ts";
import { oneStock } from "../src/http/schemas.ts";
import { useService } from "./fixtures.ts";
import {
  received,
  sequences,
  standingAfter,
  tellingsOf,
  type Location,
  type Standing,
  type State,
} from "./order-tellings.ts";
import { asOperator, call, connectTo, event } from "./service.ts";

const its = useService();

let urls: readonly [string, string];

/** Past the service: reservations can't be read over HTTP. */
let connection: pg.Client;

beforeAll(async () => {
  urls = [its.url, (await its.another()).url];
  connection = await connectTo(its.databaseUrl);
});
afterAll(() => connection.end());

let asked = 0;

/** Tells one of two ledgers, in turn. */
async function record(sku: string, ...commands: RecordEvent[]) {
  asked += 1;
  const events = commands.map((command) => ({
    event_id: command.eventId,
    event_type: command.eventType,
    sku,
    location_id: command.locationId,
    quantity: command.quantity,
    reservation_id: command.reservationId,
    order_id: command.orderId,
    reason: command.reason,
    source: command.source,
    timestamp: "2026-03-15T14:22:03.412Z",
  }));
  return (await call(urls[asked % 2 === 0 ? 0 : 1], "POST", "/v1/events", { events })).body.results;
}

/** Tells of an order in these states, and how it stands with it in the end. */
async function tellAll(states: readonly State[], soldFrom: Location): Promise<Standing> {
  const order = `${states.join("")}-${soldFrom}`;
  const tellings = tellingsOf(order, soldFrom);
  await call(urls[0], "POST", "/v1/events", { events: [event({ sku: order, quantity: received })] });
  for (const state of states) {
    const last = (await record(order, ...tellings[state])).at(-1);
    if (state === "C" && last.code === "reservation_committed") await record(order, tellings.takenBack);
  }
  const { locations } = oneStock.parse((await call(urls[1], "GET", `/v1/stock/${order}`)).body);
  const at = (locationId: Location) => {
    const found = locations.find((one) => one.location_id === locationId);
    return { onHand: found?.on_hand ?? 0, reserved: found?.reserved ?? 0 };
  };
  const { rows } = await connection.query<{ state: string }>(
    "select state from reservation where reservation_id = $1",
    [order],
  );
  return { stock: { WH1: at("WH1"), WH2: at("WH2") }, reservation: rows[0]?.state };
}

describe("every way of telling an order's life over HTTP, to two ledgers in turn", () => {
  it.each(["WH1", "WH2"] as const)(
    "ends in the same stock at each location, and its reservation as it must, when it is sold from %s",
    async (soldFrom) => {
      const all = sequences(4);
      const named = (standing: Standing, states: readonly State[]) => ({ states: states.join(""), ...standing });
      const found = await Promise.all(all.map(async (states) => named(await tellAll(states, soldFrom), states)));
      expect(found).toEqual(all.map((states) => named(standingAfter(states, soldFrom), states)));
      expect((await call(urls[0], "POST", "/v1/audit", undefined, asOperator)).body.mismatches).toEqual([]);
    },
  );
});
