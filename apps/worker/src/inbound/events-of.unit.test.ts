import type { OrderLine, OrderSnapshot, StockMovement } from "@lastunit/adapter-contract";
import { describe, expect, it } from "vitest";
import { eventsOf, itemsOf, type EventSource } from "./events-of.ts";
import { followUpsOf } from "./order-events.ts";

const at = "2026-03-15T14:22:03.412Z";
const shopify: EventSource = {
  channelKey: "shopify:acme",
  kind: "shopify",
  ordersMayPend: false,
  defaultLocationId: "WH-1",
  locations: [{ locationId: "WH-2", externalLocationId: "gid-2" }],
};
const amazon: EventSource = { ...shopify, channelKey: "amazon:acme", kind: "amazon", ordersMayPend: true };

const line = (over: Partial<OrderLine> = {}): OrderLine => ({
  lineId: "1",
  item: { refs: ["variant-1"], sku: "BLUE" },
  externalLocationId: null,
  quantity: 2,
  state: "sold",
  reversals: [],
  ...over,
});
const orderOf = (...lines: OrderLine[]): OrderSnapshot => ({ orderId: "5001", placedAt: at, lines });
const plan = (source: EventSource, order: OrderSnapshot, skus: (string | null)[] = ["WIDGET"]) =>
  eventsOf(source, { orders: [order], movements: [] }, skus);

describe("the events of an order", () => {
  it("name a sale by channel, order and line, and take the merchant's SKU, not the channel's text", () => {
    expect(plan(shopify, orderOf(line())).events).toEqual([
      {
        event_id: "shopify:acme:order:5001:line:1:sale",
        event_type: "inventory.sale",
        sku: "WIDGET",
        location_id: "WH-1",
        quantity: 2,
        order_id: "5001",
        source: "shopify",
        timestamp: at,
      },
    ]);
  });

  it("give a sale its reservation on a channel with a pending phase only", () => {
    expect(plan(amazon, orderOf(line())).events[0]).toMatchObject({ reservation_id: "amazon:acme:order:5001:line:1" });
    expect(plan(shopify, orderOf(line())).events[0]).not.toHaveProperty("reservation_id");
  });

  it("take the units from the location the line names, and return them where the reversal says", () => {
    const reversal = {
      key: "refund:9911:line:5",
      quantity: 1,
      reason: "order_returned" as const,
      externalLocationId: null,
      occurredAt: at,
    };
    const made = plan(shopify, orderOf(line({ externalLocationId: "gid-2", reversals: [reversal] })));
    expect(made.events[0]).toMatchObject({ location_id: "WH-2" });
    const sale = "shopify:acme:order:5001:line:1:sale";
    expect(followUpsOf(made, [{ event_id: sale, status: "duplicate" }])).toMatchObject([
      {
        event_id: "shopify:acme:order:5001:line:1:refund:9911:line:5",
        event_type: "inventory.return",
        location_id: "WH-2",
        quantity: 1,
        reason: "order_returned",
      },
    ]);
  });

  it("return units also of a sale that was recorded at another location, before the channel's were mapped anew", () => {
    const reversal = {
      key: "refund:9911:line:5",
      quantity: 1,
      reason: "order_cancelled" as const,
      externalLocationId: null,
      occurredAt: at,
    };
    const made = plan({ ...shopify, defaultLocationId: "WH-9" }, orderOf(line({ reversals: [reversal] })));
    const sale = "shopify:acme:order:5001:line:1:sale";
    const answer = { event_id: sale, status: "refused", code: "idempotency_conflict" } as const;
    expect(followUpsOf(made, [answer])).toMatchObject([{ event_type: "inventory.return", location_id: "WH-9" }]);
  });

  it("return nothing of a sale that the ledger refused because the order had been cancelled", () => {
    const reversal = {
      key: "cancel:unit:1",
      quantity: 1,
      reason: "order_cancelled" as const,
      externalLocationId: null,
      occurredAt: at,
    };
    const made = plan(amazon, orderOf(line({ reversals: [reversal] })));
    const sale = "amazon:acme:order:5001:line:1:sale";
    expect(followUpsOf(made, [{ event_id: sale, status: "refused", code: "reservation_cancelled" }])).toEqual([]);
  });

  it("record the lines that are mapped and name what must be mapped for the others", () => {
    const order = orderOf(line(), line({ lineId: "2", item: { refs: ["variant-9"], sku: "RED" } }));
    const made = plan(shopify, order, ["WIDGET", null]);
    expect(made.events).toHaveLength(1);
    expect(made.unmapped).toEqual(["order 5001, line 2: no listing of this channel is known as variant-9 / RED"]);
  });

  it("are none for a line of no units", () => {
    expect(plan(shopify, orderOf(line({ quantity: 0 }))).events).toEqual([]);
  });

  it("are worked out for items in the order of the lines", () => {
    const orders = [orderOf(line(), line({ lineId: "2" })), { ...orderOf(line()), orderId: "5002" }];
    const made = eventsOf(shopify, { orders, movements: [] }, ["A", "B", "C"]);
    expect(itemsOf(orders)).toHaveLength(3);
    expect(made.events.map((event) => event.sku)).toEqual(["A", "B", "C"]);
  });
});

describe("the events of a stock movement", () => {
  const movement = (over: Partial<StockMovement>): StockMovement => ({
    key: "grn:77:1",
    eventType: "inventory.receiving",
    sku: "WIDGET",
    externalLocationId: null,
    quantity: 12,
    occurredAt: at,
    ...over,
  });
  const movements = (...moved: StockMovement[]) => eventsOf(shopify, { orders: [], movements: moved }, []);

  it("are one to one, under the channel's key", () => {
    expect(movements(movement({})).events).toMatchObject([
      { event_id: "shopify:acme:grn:77:1", event_type: "inventory.receiving", quantity: 12, location_id: "WH-1" },
    ]);
  });

  it("count a set number as such, and a transfer on both sides", () => {
    const { quantity: _, ...counted } = movement({ eventType: "inventory.adjustment", setOnHand: 0 });
    const moved = movement({ key: "t:1", eventType: "inventory.transfer", toExternalLocationId: "gid-2" });
    expect(movements(counted, moved).events).toMatchObject([
      { set_on_hand: 0, quantity: null },
      { location_id: "WH-1", to_location_id: "WH-2" },
    ]);
  });

  it("are none at a location that is not mapped, on either side", () => {
    const from = movements(movement({ externalLocationId: "elsewhere" }));
    const to = movements(movement({ eventType: "inventory.transfer", toExternalLocationId: "elsewhere" }));
    expect([from.events, to.events]).toEqual([[], []]);
    expect(from.unmapped).toEqual(["grn:77:1: no location of this channel is known as elsewhere"]);
    expect(to.unmapped).toHaveLength(1);
  });
});
