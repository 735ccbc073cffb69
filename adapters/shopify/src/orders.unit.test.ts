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
import { agreements, bigJson, graphqlOrder, webhookBody, type TestOrder } from "./testing/order-forms.ts";
import { asPlaced, delivery, hint, hints, onOrder, order, page, snapshot, told } from "./testing/orders.ts";

useNock();

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
    const { orders } = await openSession().session.pollOrders(new Date(), call());
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
    const polled = await openSession().session.pollOrders(new Date(), call());
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
