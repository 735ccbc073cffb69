import { beforeAll, describe, expect, it } from "vitest";
import type { RecordEvent } from "../src/domain/commands.ts";
import { useService } from "./fixtures.ts";
import { sequences, takenBy, tellingsOf, type State } from "./order-tellings.ts";
import { asOperator, call, event } from "./service.ts";

const its = useService();

let urls: readonly [string, string];

beforeAll(async () => {
  urls = [its.url, (await its.another()).url];
});

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

/** Tells of an order in these states, and what is available of its SKU in the end. */
async function availableAfter(states: readonly State[], soldFrom: string): Promise<number> {
  const order = `${states.join("")}-${soldFrom}`;
  const tellings = tellingsOf(order, soldFrom);
  await call(urls[0], "POST", "/v1/events", { events: [event({ sku: order, quantity: 10 })] });
  for (const state of states) {
    const last = (await record(order, ...tellings[state])).at(-1);
    if (state === "C" && last.code === "reservation_committed") await record(order, tellings.takenBack);
  }
  return (await call(urls[1], "GET", `/v1/stock/${order}`)).body.available;
}

describe("every way of telling an order's life over HTTP, to two ledgers in turn", () => {
  it.each(["WH1", "WH2"])("ends in the same stock when it is sold from %s", async (soldFrom) => {
    const all = sequences(4);
    const found = await Promise.all(
      all.map(async (states) => ({ states: states.join(""), available: await availableAfter(states, soldFrom) })),
    );
    expect(found).toEqual(all.map((states) => ({ states: states.join(""), available: 10 - takenBy(states) })));
    expect((await call(urls[0], "POST", "/v1/audit", undefined, asOperator)).body.mismatches).toEqual([]);
  });
});
