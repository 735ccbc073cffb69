import type { ChannelKind, OrderLine, OrderSnapshot, Reversal } from "@lastunit/adapter-contract";
import { adapterOf } from "@lastunit/adapters";
import { createLogger } from "@lastunit/config";
import { startLedger, type Ledger } from "@lastunit/ledger";
import { createLedgerClient, type LedgerClient } from "@lastunit/ledger/client";
import { startTestPostgres, type TestPostgres } from "@lastunit/test-support";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { orderEvents, type EventContext } from "./order-events.ts";
import { recordPlan, type Problem } from "./record-plan.ts";

const log = createLogger({ name: "test", level: "silent" });
const MERCHANT = "acme";
const RECEIVED = 100;
const placedAt = "2026-03-15T14:22:03.412Z";

let postgres: TestPostgres;
let server: Ledger;
let ledger: LedgerClient;
let orders = 0;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const databaseUrl = await postgres.createDatabase();
  const serviceToken = "a-service-token-for-tests-only";
  const bootstrap = { merchantId: MERCHANT, token: "a-merchant-token-for-tests-only" };
  server = await startLedger({ databaseUrl, host: "127.0.0.1", port: 0, serviceToken, bootstrap, log });
  ledger = createLedgerClient({ url: server.url, token: serviceToken });
});
afterAll(async () => {
  await server.stop();
  await postgres.stop();
});

const lineOf = (quantity: number, state: OrderLine["state"], reversals: Reversal[] = []): OrderLine => ({
  lineId: "1",
  item: { refs: ["ref-1"], sku: null },
  externalLocationId: null,
  quantity,
  state,
  reversals,
});

const reversal = (key: string, quantity: number): Reversal => ({
  key,
  quantity,
  reason: key.startsWith("cancel:") ? "order_cancelled" : "order_returned",
  externalLocationId: null,
  occurredAt: placedAt,
});

/**
 * Tells the ledger an order's snapshots one after the other; returns the balance and what could not be recorded.
 * @param locationAt the location that orders are taken from when the snapshot with that index is told.
 */
async function tell(kind: ChannelKind, lines: readonly OrderLine[], locationAt = (_index: number) => "WH-1") {
  orders += 1;
  const sku = `SKU-${orders}`;
  const orderId = String(5_000 + orders);
  const ordersMayPend = adapterOf(kind).capabilities.ordersMayPend ?? false;
  const context = { channelKey: `${kind}:acme`, kind, ordersMayPend, skuOf: () => sku };
  await ledger.append(MERCHANT, [
    {
      event_id: `receiving:${sku}`,
      event_type: "inventory.receiving",
      sku,
      location_id: "WH-1",
      quantity: RECEIVED,
      source: "test",
      timestamp: placedAt,
    },
  ]);
  const problems: Problem[] = [];
  for (const [index, line] of lines.entries()) {
    const order: OrderSnapshot = { orderId, placedAt, lines: [line] };
    const there: EventContext = { ...context, locationOf: () => locationAt(index) };
    problems.push(...(await recordPlan(ledger, MERCHANT, orderEvents(there, order), log)).problems);
  }
  const [stock] = (await ledger.stock(MERCHANT, [sku])).stock;
  return { on_hand: stock?.on_hand, reserved: stock?.reserved, problems };
}

/** Every snapshot at least once, in any order, with repetitions. */
const tellings = <T>(snapshots: readonly T[]) =>
  fc
    .array(fc.constantFrom(...snapshots), { maxLength: 6 })
    .chain((extra) => fc.shuffledSubarray([...snapshots, ...extra], { minLength: snapshots.length + extra.length }));

/** Some of a life's snapshots, the last one always among them. */
const hearings = <T>(life: readonly T[]) =>
  fc.subarray(life.slice(0, -1)).chain((earlier) => tellings([...earlier, ...life.slice(-1)]));

describe("an order heard in any order, any number of times", () => {
  const quantities = fc.integer({ min: 1, max: 9 });

  it.each([
    { life: ["pending"], onHand: 0, reserved: 1 },
    { life: ["pending", "sold"], onHand: -1, reserved: 0 },
    { life: ["pending", "cancelled_pending"], onHand: 0, reserved: 0 },
    { life: ["pending", "sold", "cancelled_pending"], onHand: 0, reserved: 0 },
  ] as const)("on a channel with a pending phase ends as it ended there: $life", async ({ life, onHand, reserved }) => {
    const property = fc.asyncProperty(quantities, hearings(life), async (quantity, states) => {
      const balance = await tell(
        "amazon",
        states.map((state) => lineOf(quantity, state)),
      );
      expect(balance).toEqual({
        on_hand: RECEIVED + onHand * quantity,
        reserved: reserved * quantity,
        problems: [],
      });
    });
    await fc.assert(property, { numRuns: 25 });
  });

  it("on a channel with a pending phase takes each cancelled unit back once, one by one or with the whole order", async () => {
    const lives = fc.integer({ min: 2, max: 6 }).chain((quantity) =>
      fc.integer({ min: 1, max: quantity - 1 }).chain((units) => {
        const cancelled = Array.from({ length: units }, (_, index) => reversal(`cancel:unit:${index + 1}`, 1));
        const partly = cancelled.map((_, index) => lineOf(quantity, "sold", cancelled.slice(0, index + 1)));
        return hearings([
          lineOf(quantity, "pending"),
          lineOf(quantity, "sold"),
          ...partly,
          lineOf(quantity, "cancelled_pending"),
        ]);
      }),
    );
    const property = fc.asyncProperty(lives, async (lines) => {
      expect(await tell("amazon", lines)).toEqual({ on_hand: RECEIVED, reserved: 0, problems: [] });
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it("ends the hold of a cancelled line also when the channel no longer tells how many units it had", async () => {
    const lives = quantities.chain((quantity) =>
      hearings([lineOf(quantity, "pending"), lineOf(0, "cancelled_pending")]),
    );
    const property = fc.asyncProperty(lives, async (lines) => {
      expect(await tell("amazon", lines)).toEqual({ on_hand: RECEIVED, reserved: 0, problems: [] });
    });
    await fc.assert(property, { numRuns: 25 });
  });

  it("does not sell units of an order that was heard as cancelled without its units before", async () => {
    const lines = [lineOf(0, "cancelled_pending"), lineOf(3, "sold"), lineOf(3, "pending")];
    expect(await tell("amazon", lines)).toEqual({ on_hand: RECEIVED, reserved: 0, problems: [] });
  });

  it("takes every sale once and every reversal once, also when reversals grow from snapshot to snapshot", async () => {
    const steps = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 });
    const lives = steps.chain((units) => {
      const quantity = units.reduce((sum, one) => sum + one, 1);
      const reversals = units.map((one, index) => reversal(`refund:${index}`, one));
      const life = Array.from({ length: units.length + 1 }, (_, count) =>
        lineOf(quantity, "sold", reversals.slice(0, count)),
      );
      return hearings(life);
    });
    const property = fc.asyncProperty(lives, async (lines) => {
      const balance = await tell("shopify", lines);
      expect(balance).toEqual({ on_hand: RECEIVED - 1, reserved: 0, problems: [] });
    });
    await fc.assert(property, { numRuns: 30 });
  });

  it("takes a reversal also where orders are taken from another location since the sale", async () => {
    const lines = [lineOf(3, "sold"), lineOf(3, "sold", [reversal("refund:1", 2)])];
    const balance = await tell("shopify", lines, (index) => `WH-${index + 1}`);
    expect(balance).toEqual({ on_hand: RECEIVED - 1, reserved: 0, problems: [] });
  });

  it("keeps one refund of two units apart from two refunds of one", async () => {
    const both = await tell("shopify", [lineOf(5, "sold", [reversal("refund:1", 1), reversal("refund:2", 1)])]);
    const one = await tell("shopify", [lineOf(5, "sold", [reversal("refund:1", 2)])]);
    expect([both.on_hand, one.on_hand]).toEqual([RECEIVED - 3, RECEIVED - 3]);
  });
});
