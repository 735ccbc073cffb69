import type { Delivery, OrderSnapshot } from "@lastunit/adapter-contract";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { call, channelErrorOf, data, onGraphql, openSession, useNock, type GraphqlBody } from "./testing/harness.ts";
import { bigJson, graphqlOrder, webhookBody, type TestOrder } from "./testing/order-forms.ts";

useNock({ beforeEach, afterEach });

const order: TestOrder = {
  id: 820982911946154508n,
  locationId: null,
  lines: [
    { id: 866550311766439020n, variantId: 271878346596884015n, sku: "1e5", quantity: 3 },
    { id: 2n, variantId: null, sku: "DELETED", quantity: 1 },
    { id: 3n, variantId: null, sku: "", quantity: 1 },
  ],
  refunds: [
    {
      id: 890088186047892319n,
      lines: [
        { id: 11n, lineId: 866550311766439020n, quantity: 1, restockType: "cancel", locationId: 7n },
        { id: 12n, lineId: 866550311766439020n, quantity: 1, restockType: "no_restock", locationId: null },
      ],
    },
    { id: 9n, lines: [] },
    { id: 10n, lines: [{ id: 13n, lineId: 2n, quantity: 1, restockType: "return", locationId: 8n }] },
  ],
};

const sale = { externalLocationId: null, state: "sold" };
const occurredAt = "2026-11-01T15:05:00.000Z";
const snapshot = {
  orderId: "820982911946154508",
  placedAt: "2026-11-01T15:00:00.000Z",
  lines: [
    {
      ...sale,
      lineId: "866550311766439020",
      item: { refs: ["271878346596884015"], sku: "1e5" },
      quantity: 3,
      reversals: [
        {
          key: "refund:890088186047892319:line:11",
          quantity: 1,
          reason: "order_cancelled",
          externalLocationId: "gid://shopify/Location/7",
          occurredAt,
        },
      ],
    },
    {
      ...sale,
      lineId: "2",
      item: { refs: [], sku: "DELETED" },
      quantity: 1,
      reversals: [
        {
          key: "refund:10:line:13",
          quantity: 1,
          reason: "order_returned",
          externalLocationId: "gid://shopify/Location/8",
          occurredAt,
        },
      ],
    },
  ],
};

function delivery(topic: string, body: Uint8Array): Delivery {
  return { deliveryId: "d-1", topic, headers: {}, body, receivedAt: "2026-11-01T15:06:00.000Z" };
}

async function told(topic: string, body: Uint8Array): Promise<readonly OrderSnapshot[]> {
  const facts = await openSession().session.normalize(delivery(topic, body), call());
  expect({ ...facts, orders: [] }).toEqual({ orders: [], movements: [], signals: [] });
  return facts.orders;
}

const page = (nodes: object[], endCursor: string | null = null) =>
  data({ orders: { nodes, pageInfo: { hasNextPage: endCursor !== null, endCursor } } });

describe("an order", () => {
  it.each(["orders/create", "orders/updated", "orders/cancelled"])(
    "of %s keeps every digit of its ids, its SKU as text, and only restocked units as reversals",
    async (topic) => {
      expect(await told(topic, webhookBody(order))).toEqual([snapshot]);
    },
  );

  it("of refunds/create is read whole, so that sale and reversal are told together", async () => {
    const seen: GraphqlBody[] = [];
    onGraphql("order(id: $id)", { seen }).reply(...data({ order: graphqlOrder(order) }));
    const body = Buffer.from(bigJson({ id: 890088186047892319n, order_id: order.id, refund_line_items: [] }));
    expect(await told("refunds/create", body)).toEqual([snapshot]);
    expect(seen[0]?.variables).toEqual({ id: "gid://shopify/Order/820982911946154508" });
  });

  it("of a refund that Shopify does not show is an error, for its units would be lost", async () => {
    onGraphql("order(id: $id)").reply(...data({ order: null }));
    const normalizing = openSession().session.normalize(
      delivery("refunds/create", Buffer.from('{"id": 1, "order_id": 2}')),
      call(),
    );
    expect(await channelErrorOf(normalizing)).toMatchObject({ failure: "rejected", code: "order_not_shown" });
  });

  it("of the till ships from the till's location", async () => {
    const sold = { ...order, locationId: 7n };
    onGraphql("orders(").reply(...page([graphqlOrder(sold)]));
    const polled = await openSession().session.pollOrders(null, call());
    expect(polled.orders[0]?.lines[0]?.externalLocationId).toBe("gid://shopify/Location/7");
    expect(await told("orders/create", webhookBody(sold))).toEqual(polled.orders);
  });

  it("is an error when its body is not as documented, without quoting it", async () => {
    for (const body of ['{"id": "x"', '{"id": 12}', "<html>"]) {
      const normalizing = openSession().session.normalize(delivery("orders/create", Buffer.from(body)), call());
      const error = await channelErrorOf(normalizing);
      expect(error).toMatchObject({ failure: "rejected", code: "malformed_body" });
      expect(error.message).not.toContain(body);
    }
  });
});

describe("polling", () => {
  it("asks for what was updated up to five minutes before the cursor, and moves it to the newest update", async () => {
    const seen: GraphqlBody[] = [];
    onGraphql("orders(", { seen }).reply(...page([graphqlOrder(order)]));
    const { session } = openSession();
    const polled = await session.pollOrders(JSON.stringify({ updatedAfter: "2026-11-01T15:00:00.000Z" }), call());
    expect(polled).toEqual({
      orders: [snapshot],
      cursor: JSON.stringify({ updatedAfter: "2026-11-01T15:05:00.000Z" }),
      more: false,
    });
    expect(seen[0]?.variables).toEqual({ query: "updated_at:>='2026-11-01T14:55:00.000Z'", after: null });
    expect(seen[0]?.query).toContain("sortKey: UPDATED_AT");
  });

  it("goes through the pages of one query before it moves, and never moves back", async () => {
    const seen: GraphqlBody[] = [];
    onGraphql("orders(", { seen }).reply(...page([graphqlOrder(order)], "page-2"));
    onGraphql("orders(", { seen }).reply(...page([graphqlOrder(order)]));
    const { session } = openSession();
    const start = JSON.stringify({ updatedAfter: "2026-11-01T16:00:00.000Z" });
    const first = await session.pollOrders(start, call());
    expect(first.more).toBe(true);
    const second = await session.pollOrders(first.cursor, call());
    expect(second).toMatchObject({ more: false, cursor: start });
    expect(seen[1]?.variables).toEqual({ ...seen[0]?.variables, after: "page-2" });
  });

  it("reads the rest of an order with more lines, or more refunded lines, than come at once", async () => {
    const [refund] = order.refunds;
    const whole = JSON.stringify(graphqlOrder({ ...order, refunds: refund ? [refund] : [] }));
    const cut = whole.replaceAll('"hasNextPage":false,"endCursor":null', '"hasNextPage":true,"endCursor":"more"');
    const more = graphqlOrder({
      ...order,
      lines: [{ id: 4n, variantId: 5n, sku: "LAST", quantity: 6 }],
      refunds: [{ id: 1n, lines: [{ id: 14n, lineId: 4n, quantity: 2, restockType: "return", locationId: null }] }],
    });
    onGraphql("orders(").reply(...page([JSON.parse(cut)]));
    onGraphql("query OrderLines").reply(...data({ order: { lineItems: more.lineItems } }));
    onGraphql("query RefundLines").reply(...data({ node: more.refunds[0] }));
    const { orders } = await openSession().session.pollOrders(null, call());
    expect(orders[0]?.lines.at(-1)).toMatchObject({
      item: { refs: ["5"], sku: "LAST" },
      quantity: 6,
      reversals: [{ key: "refund:890088186047892319:line:14", quantity: 2 }],
    });
  });

  it("refuses a cursor that is not its own", async () => {
    const polling = openSession().session.pollOrders("tomorrow", call());
    expect(await channelErrorOf(polling)).toMatchObject({ failure: "rejected", code: "invalid_cursor" });
  });
});

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
    const scenario = history.chain((drawn) => {
      const states = statesOf(drawn);
      const early = fc.array(fc.nat({ max: states.length - 1 }), { maxLength: 6 });
      return early.chain((indexes) =>
        fc.record({
          newest: fc.constant(states.at(-1)),
          deliveries: fc
            .shuffledSubarray([...indexes, states.length - 1], { minLength: indexes.length + 1 })
            .map((each) => each.flatMap((index) => states[index] ?? [])),
        }),
      );
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ newest, deliveries }) => {
        if (!newest) return;
        onGraphql("orders(").reply(...page([graphqlOrder(newest)]));
        const polled = await session.pollOrders(null, call());
        const heard: OrderSnapshot[] = [];
        for (const state of deliveries) {
          const facts = await session.normalize(delivery("orders/updated", webhookBody(state)), call());
          heard.push(...facts.orders);
        }
        const [newestHeard] = (await session.normalize(delivery("orders/updated", webhookBody(newest)), call())).orders;
        expect(newestHeard).toEqual(polled.orders[0]);
        expect(effectsOf(heard)).toEqual(effectsOf(polled.orders));
      }),
      { numRuns: 60 },
    );
  });
});
