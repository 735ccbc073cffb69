import type { OrderSnapshot } from "@lastunit/adapter-contract";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { call, onGraphql, openSession, useNock } from "./testing/harness.ts";
import { graphqlOrder, webhookBody, type TestOrder } from "./testing/order-forms.ts";
import { asPlaced, delivery, hint, hints, onOrder, page } from "./testing/orders.ts";

useNock();

describe("deliveries in any order", () => {
  const id = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n });
  const line = fc.record({ id, variantId: id, sku: fc.string(), quantity: fc.integer({ min: 1, max: 50 }) });
  const taken = fc.record({
    id,
    line: fc.nat(),
    quantity: fc.integer({ min: 1, max: 5 }),
    restockType: fc.constantFrom("no_restock", "cancel", "return", "legacy_restock"),
    locationId: fc.option(id),
  });
  const history = fc.record({
    id,
    locationId: fc.option(id),
    lines: fc.uniqueArray(line, { selector: (each) => each.id, minLength: 1, maxLength: 4 }),
    refunds: fc.uniqueArray(
      fc.record({ id, lines: fc.uniqueArray(taken, { selector: (each) => each.id, maxLength: 3 }) }),
      {
        selector: (each) => each.id,
        maxLength: 4,
      },
    ),
  });

  /** The order after each of its refunds, first without any. */
  function statesOf({ refunds, ...rest }: typeof history extends fc.Arbitrary<infer H> ? H : never): TestOrder[] {
    const all = refunds.map((refund) => ({
      id: refund.id,
      lines: refund.lines.map(({ line, ...each }) => ({
        ...each,
        lineId: rest.lines[line % rest.lines.length]?.id ?? 0n,
      })),
    }));
    return Array.from({ length: all.length + 1 }, (_, count) => ({ ...rest, refunds: all.slice(0, count) }));
  }

  /** What the ledger would record: one effect for each sale and each reversal, by its key. */
  function effectsOf(snapshots: readonly OrderSnapshot[]): Map<string, string> {
    const effects = new Map<string, string>();
    for (const { lines } of snapshots) {
      for (const { lineId, reversals, ...sold } of lines) {
        const told: [string, object][] = [
          [`${lineId}:sale`, sold],
          ...reversals.map((each): [string, object] => [`${lineId}:${each.key}`, each]),
        ];
        for (const [key, effect] of told) {
          // The same key must never say two things.
          expect(effects.get(key) ?? JSON.stringify(effect)).toBe(JSON.stringify(effect));
          effects.set(key, JSON.stringify(effect));
        }
      }
    }
    return effects;
  }

  it("have the effects of the newest poll, whatever was repeated or came late", async () => {
    const { session } = openSession();
    const told = async (topic: string, body: Uint8Array) =>
      (await session.normalize(delivery(topic, body), call())).orders;
    const scenario = history.chain((drawn) => {
      const states = statesOf(drawn);
      const step = fc.record({
        topic: fc.constantFrom("orders/create", ...hints.map(([topic]) => topic)),
        at: fc.nat({ max: states.length - 1 }),
      });
      return fc.record({ states: fc.constant(states), steps: fc.array(step, { maxLength: 6 }) });
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ states, steps }) => {
        const newest = states.at(-1);
        if (!newest) return;
        onGraphql("orders(").reply(...page([graphqlOrder(newest)]));
        const polled = await session.pollOrders(new Date(), call());
        const heard: OrderSnapshot[] = [];
        for (const { topic, at } of [...steps, { topic: "refunds/create", at: states.length - 1 }]) {
          const state = states[at] ?? newest;
          // A body is as old as its delivery; a hint is answered with what is true when it is read.
          if (topic !== "orders/create") onOrder(state);
          const body = topic === "orders/create" ? webhookBody(state) : hint(topic, state.id);
          heard.push(...(await told(topic, body)));
        }
        expect(await told("orders/create", webhookBody(newest))).toEqual(polled.orders.map(asPlaced));
        expect(effectsOf(heard)).toEqual(effectsOf(polled.orders));
      }),
      { numRuns: 60 },
    );
  });
});
