import { describe, expect, it } from "vitest";
import {
  call,
  channelErrorOf,
  data,
  type GraphqlBody,
  lastPage,
  onGraphql,
  openSession,
  useNock,
} from "./testing/harness.ts";
import { graphqlOrder, type TestOrder } from "./testing/order-forms.ts";
import { occurredAt, onAgreements, order, page, snapshot } from "./testing/orders.ts";

useNock();

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

  it("starts five minutes before the connection, however late", async () => {
    const seen: GraphqlBody[] = [];
    onGraphql("orders(", { seen }).reply(...page([]));
    const { session } = openSession();
    const polled = await session.pollOrders(new Date("2026-10-01T15:00:00.000Z"), call());
    expect(polled.cursor).toBe(JSON.stringify({ updatedAfter: "2026-10-01T15:00:00.000Z" }));
    expect(seen[0]?.variables).toMatchObject({ query: "updated_at:>='2026-10-01T14:55:00.000Z'" });
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
    const first = await session.pollOrders(new Date(), call());
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
    const { orders } = await openSession().session.pollOrders(new Date(), call());
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
    const { orders } = await openSession().session.pollOrders(new Date(), call());
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
