import type { Delivery, OrderSnapshot } from "@lastunit/adapter-contract";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  call,
  channelErrorOf,
  data,
  lastPage,
  onGraphql,
  openSession,
  useNock,
  type GraphqlBody,
} from "./testing/harness.ts";
import { agreements, bigJson, graphqlOrder, webhookBody, type TestOrder } from "./testing/order-forms.ts";

useNock();

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
          // Where the sale took them, which is not told, and not where they were to be shipped from.
          externalLocationId: null,
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

/** An order before anything came back. */
const asPlaced = <T extends { readonly lines: readonly object[] }>(told: T) => ({
  ...told,
  lines: told.lines.map((line) => ({ ...line, reversals: [] })),
});

function delivery(topic: string, body: Uint8Array): Delivery {
  return { deliveryId: "d-1", topic, headers: {}, body, receivedAt: "2026-11-01T15:06:00.000Z" };
}

async function told(topic: string, body: Uint8Array): Promise<readonly OrderSnapshot[]> {
  const facts = await openSession().session.normalize(delivery(topic, body), call());
  expect({ ...facts, orders: [] }).toEqual({ orders: [], movements: [], signals: [] });
  return facts.orders;
}

/** A page of orders, each with the cursor `<prefix>-<its number>`, of which the last is Shopify's own end of the page. */
const page = (nodes: object[], { prefix = "order", hasNextPage = false } = {}) => {
  const edges = nodes.map((node, index) => ({ cursor: `${prefix}-${index + 1}`, node }));
  return data({ orders: { edges, pageInfo: { hasNextPage, endCursor: edges.at(-1)?.cursor ?? null } } });
};

/** A delivery that is only a hint, as each topic writes it. */
const hints: readonly (readonly [string, (orderId: bigint) => object])[] = [
  ["orders/cancelled", (id) => ({ id })],
  ["orders/updated", (id) => ({ id })],
  ["orders/edited", (id) => ({ order_edit: { order_id: id, line_items: { additions: [], removals: [] } } })],
  ["refunds/create", (id) => ({ id: 890088186047892319n, order_id: id })],
];

const hint = (topic: string, orderId: bigint) =>
  Buffer.from(bigJson(hints.find(([name]) => name === topic)?.[1](orderId) ?? {}));

/** Shopify's answer to the question for one order, and for what was agreed on when it was edited. */
function onOrder(order: TestOrder, seen: GraphqlBody[] = []): void {
  onGraphql("order(id: $id) { id", { seen }).reply(...data({ order: graphqlOrder(order) }));
  if (order.added) onAgreements(order, seen);
}

/** @returns how many calls they take. */
function onAgreements(order: TestOrder, seen: GraphqlBody[] = []): number {
  const all = agreements(order);
  for (const [index, agreement] of all.entries()) {
    const pageInfo = { hasNextPage: index + 1 < all.length, endCursor: `agreement-${index}` };
    onGraphql("query Agreement", { seen }).reply(...data({ order: { agreements: { nodes: [agreement], pageInfo } } }));
  }
  return all.length;
}

describe("an order", () => {
  it("of orders/create keeps every digit of its ids and its SKU as text, and tells what was sold alone", async () => {
    expect(await told("orders/create", webhookBody(order))).toEqual([asPlaced(snapshot)]);
  });

  it.each(["line_items", "location_id", "sku"])(
    "of orders/create whose body has no %s is read whole, instead of lost",
    async (field) => {
      onOrder(order);
      const body = webhookBody(order).toString().replaceAll(`"${field}"`, '"another"');
      expect(await told("orders/create", Buffer.from(body))).toEqual([snapshot]);
    },
  );

  it.each(hints)(
    "of %s is read whole, so that the sale and what was restocked are told together",
    async (topic, body) => {
      const seen: GraphqlBody[] = [];
      onOrder(order, seen);
      expect(await told(topic, Buffer.from(bigJson(body(order.id))))).toEqual([snapshot]);
      expect(seen[0]?.variables).toEqual({ id: "gid://shopify/Order/820982911946154508" });
    },
  );

  it("that Shopify does not show is an error, for its units would be lost", async () => {
    onGraphql("order(id: $id)").reply(...data({ order: null }));
    const normalizing = openSession().session.normalize(delivery("refunds/create", hint("refunds/create", 2n)), call());
    expect(await channelErrorOf(normalizing)).toMatchObject({ failure: "rejected", code: "order_not_shown" });
  });

  it("that was edited tells what was ordered first as before, and each addition by a name of its own", async () => {
    const added = [
      { id: 31n, lineId: 1n, quantity: 2 },
      { id: 32n, lineId: 2n, quantity: 1 },
      { id: 33n, lineId: 2n, quantity: 4 },
    ];
    const edited: TestOrder = {
      id: 7n,
      locationId: null,
      lines: [
        { id: 1n, variantId: 11n, sku: "A", quantity: 5 },
        { id: 2n, variantId: 12n, sku: "B", quantity: 5 },
      ],
      // An item that was removed again is a refund without money.
      refunds: [{ id: 9n, lines: [{ id: 91n, lineId: 2n, quantity: 1, restockType: "cancel", locationId: 7n }] }],
      added,
    };
    onOrder(edited);
    const [told7] = await told("orders/edited", hint("orders/edited", 7n));
    expect(told7?.lines.map(({ lineId, quantity, reversals }) => [lineId, quantity, reversals.length])).toEqual([
      ["1", 3, 0],
      ["1:edit:31", 2, 0],
      ["2:edit:32", 1, 1],
      ["2:edit:33", 4, 0],
    ]);
    // What orders/create had told is still told so.
    const placed = { ...edited, lines: [{ id: 1n, variantId: 11n, sku: "A", quantity: 3 }], refunds: [] };
    const [toldFirst] = await told("orders/create", webhookBody(placed));
    expect(told7?.lines[0]).toEqual(toldFirst?.lines[0]);
  });

  it("with an agreement of more sales than come at once is read to the end", async () => {
    const seen: GraphqlBody[] = [];
    const lines = [1n, 2n].map((id) => ({ id, variantId: id, sku: `S-${id}`, quantity: 1 }));
    const edited: TestOrder = {
      id: 7n,
      locationId: null,
      lines,
      refunds: [],
      added: [{ id: 5n, lineId: 2n, quantity: 1 }],
    };
    const [first, second] = agreements(edited);
    onGraphql("order(id: $id) { id").reply(...data({ order: graphqlOrder(edited) }));
    const answer = (nodes: object[], pageInfo: object) =>
      onGraphql("query Agreement", { seen }).reply(...data({ order: { agreements: { nodes, pageInfo } } }));
    const next = { hasNextPage: true, endCursor: "a-1" };
    answer([{ ...first, sales: { ...first?.sales, pageInfo: { hasNextPage: true, endCursor: "s-1" } } }], next);
    answer([{ ...first, sales: { nodes: [], pageInfo: lastPage } }], next);
    answer([second ?? {}], lastPage);
    const [told7] = await told("orders/edited", hint("orders/edited", 7n));
    expect(told7?.lines.map(({ lineId }) => lineId)).toEqual(["1", "2:edit:5"]);
    const { after, afterSale } = seen[1]?.variables ?? {};
    expect({ after, afterSale }).toEqual({ after: null, afterSale: "s-1" });
    expect(seen[2]?.variables).toMatchObject({ after: "a-1", afterSale: null });
  });

  it("of 301 lines is told alike by its body and by the polls, which get them in three pages", async () => {
    const lines = Array.from({ length: 301 }, (_, index) => {
      const id = 866550311766439000n + BigInt(index);
      return { id, variantId: id + 1n, sku: `S-${index}`, quantity: 1 };
    });
    const long: TestOrder = { ...order, lines, refunds: [] };
    const [heard] = await told("orders/create", webhookBody(long));
    const { lineItems, ...rest } = graphqlOrder(long);
    const linesFrom = (from: number, to: number) => ({
      nodes: lineItems.nodes.slice(from, to),
      pageInfo: { hasNextPage: to < lines.length, endCursor: `after-${to}` },
    });
    const seen: GraphqlBody[] = [];
    onGraphql("orders(").reply(...page([{ ...rest, lineItems: linesFrom(0, 50) }]));
    onGraphql("query OrderLines", { seen }).reply(...data({ order: { lineItems: linesFrom(50, 300) } }));
    onGraphql("query OrderLines", { seen }).reply(...data({ order: { lineItems: linesFrom(300, 301) } }));
    const { orders } = await openSession().session.pollOrders(null, call());
    expect(orders).toEqual([heard]);
    expect(heard?.lines).toHaveLength(301);
    expect(seen.map(({ variables }) => variables["after"])).toEqual(["after-50", "after-300"]);
  });

  it("names each line by its variant, also where variants share a SKU or have none", async () => {
    const lines = [
      { id: 1n, variantId: 11n, sku: "DUP", quantity: 1 },
      { id: 2n, variantId: 12n, sku: "DUP", quantity: 1 },
      { id: 3n, variantId: 13n, sku: "", quantity: 1 },
      { id: 4n, variantId: 14n, sku: null, quantity: 1 },
    ];
    const [heard] = await told("orders/create", webhookBody({ id: 7n, locationId: null, lines, refunds: [] }));
    expect(heard?.lines.map(({ item }) => item)).toEqual([
      { refs: ["11"], sku: "DUP" },
      { refs: ["12"], sku: "DUP" },
      { refs: ["13"], sku: null },
      { refs: ["14"], sku: null },
    ]);
  });

  it("that is a test takes stock in Shopify and counts, whatever API version its delivery was written in", async () => {
    const body = Buffer.from(webhookBody(order).toString().replace("{", '{"test":true,"admin":{"new":[1.5]},'));
    const headers = { "x-shopify-api-version": "2027-01" };
    const facts = await openSession().session.normalize({ ...delivery("orders/create", body), headers }, call());
    expect(facts.orders).toEqual([asPlaced(snapshot)]);
  });

  it("of the till ships from the till's location", async () => {
    const sold = { ...order, locationId: 7n, refunds: [] };
    onGraphql("orders(").reply(...page([graphqlOrder(sold)]));
    const polled = await openSession().session.pollOrders(null, call());
    expect(polled.orders[0]?.lines[0]?.externalLocationId).toBe("gid://shopify/Location/7");
    expect(await told("orders/create", webhookBody(sold))).toEqual(polled.orders);
  });

  it("is an error when its body is not as documented, without quoting it", async () => {
    for (const body of ['{"id": "x"', '{"name": "#1001"}', "<html>"]) {
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
    expect(seen[0]?.variables).toEqual({ first: 50, query: "updated_at:>='2026-11-01T14:55:00.000Z'", after: null });
    expect(seen[0]?.query).toContain("sortKey: UPDATED_AT");
  });

  it("goes through the pages of one query before it moves, and never moves back", async () => {
    const seen: GraphqlBody[] = [];
    onGraphql("orders(", { seen }).reply(...page([graphqlOrder(order)], { hasNextPage: true }));
    onGraphql("orders(", { seen }).reply(...page([graphqlOrder(order)]));
    const { session } = openSession();
    const start = JSON.stringify({ updatedAfter: "2026-11-01T16:00:00.000Z" });
    const first = await session.pollOrders(start, call());
    expect(first.more).toBe(true);
    const second = await session.pollOrders(first.cursor, call());
    expect(second).toMatchObject({ more: false, cursor: start });
    expect(seen[1]?.variables).toEqual({ ...seen[0]?.variables, after: "order-1" });
  });

  it("ends a page before orders that need too many more calls, and goes on with them", async () => {
    const seen: GraphqlBody[] = [];
    const edited = Array.from({ length: 10 }, (_, index): TestOrder => ({
      ...order,
      id: BigInt(index + 1),
      refunds: [],
      added: [{ id: 5n, lineId: 2n, quantity: 1 }],
    }));
    // Three calls each: the seventh order takes the last of the 20 that a page may take.
    expect(edited.slice(0, 7).reduce((calls, told) => calls + onAgreements(told), 0)).toBe(21);
    onGraphql("orders(", { seen }).reply(...page(edited.map(graphqlOrder)));
    const { session } = openSession();
    const first = await session.pollOrders(null, call());
    expect(first).toMatchObject({ more: true, cursor: expect.stringContaining('"after":"order-7"') });
    for (const told of edited.slice(7)) onAgreements(told);
    onGraphql("orders(", { seen }).reply(...page(edited.slice(7).map(graphqlOrder)));
    const second = await session.pollOrders(first.cursor, call());
    expect(second.more).toBe(false);
    expect([...first.orders, ...second.orders].map(({ orderId }) => orderId)).toEqual(
      edited.map(({ id }) => String(id)),
    );
    expect(seen.map(({ variables }) => variables["after"])).toEqual([null, "order-7"]);
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

  it("reads all orders also where a refund has no time or a line of it no id, which gives nothing back then", async () => {
    const { refunds, ...rest } = graphqlOrder(order);
    const [first, ...others] = refunds;
    const [restocked, kept] = first?.refundLineItems.nodes ?? [];
    const unnamed = { ...first, createdAt: null, refundLineItems: { nodes: [{ ...restocked, id: null }, kept] } };
    const whole = { ...unnamed, refundLineItems: { ...unnamed.refundLineItems, pageInfo: lastPage } };
    const [last] = others.slice(-1);
    const another = graphqlOrder({ ...order, id: 7n });
    onGraphql("orders(").reply(...page([{ ...rest, refunds: [whole, { ...last, createdAt: null }] }, another]));
    const { orders } = await openSession().session.pollOrders(null, call());
    expect(orders.map(({ orderId }) => orderId)).toEqual(["820982911946154508", "7"]);
    expect(orders[0]?.lines.flatMap(({ reversals }) => reversals)).toMatchObject([
      { key: "refund:10:line:13", occurredAt },
    ]);
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
        const polled = await session.pollOrders(null, call());
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
