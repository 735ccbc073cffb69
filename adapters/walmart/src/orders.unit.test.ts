import { describe, expect, it } from "vitest";
import { parseJson } from "./json.ts";
import { toSnapshot, WalmartOrder } from "./orders.ts";
import { purchaseOrder } from "./testing.ts";

const created = [{ status: "Created", amount: "3" }];
const cancelled = (units: number) => [
  { status: "Shipped", amount: String(3 - units) },
  { status: "Cancelled", amount: String(units) },
];
const snapshotOf = (statuses: Parameters<typeof purchaseOrder>[1]) =>
  toSnapshot(WalmartOrder.parse(purchaseOrder("1796277083022", statuses)));
const reversal = (unit: number) => ({
  key: `cancel:unit:${unit}`,
  quantity: 1,
  reason: "order_cancelled",
  externalLocationId: "100009",
  occurredAt: "2019-09-14T13:09:31.000Z",
});

describe("an order's snapshot", () => {
  it("counts the whole line from Created on", () => {
    expect(snapshotOf(created)).toEqual({
      orderId: "1796277083022",
      placedAt: "2019-09-14T13:09:31.000Z",
      lines: [
        {
          lineId: "4",
          item: { refs: ["BAG-BLU"], sku: "BAG-BLU" },
          externalLocationId: "100009",
          quantity: 3,
          state: "sold",
          reversals: [],
        },
      ],
    });
  });

  it("names each cancelled unit, so that one and one more are the same two", () => {
    expect(snapshotOf(cancelled(1)).lines[0]?.reversals).toEqual([reversal(1)]);
    expect(snapshotOf(cancelled(2)).lines[0]?.reversals).toEqual([reversal(1), reversal(2)]);
    const inTwoSteps = [
      { status: "Cancelled", amount: "1" },
      { status: "Cancelled", amount: "1" },
      { status: "Created", amount: "1" },
    ];
    expect(snapshotOf(inTwoSteps)).toEqual(snapshotOf(cancelled(2)));
  });

  it("keeps the ordered quantity and takes back no more than it", () => {
    expect(snapshotOf([{ status: "Cancelled", amount: "5" }]).lines).toMatchObject([
      { quantity: 3, reversals: [reversal(1), reversal(2), reversal(3)] },
    ]);
  });

  it("reads a quantity of 1.0 as 1, and refuses half a unit", () => {
    expect(snapshotOf([{ status: "Cancelled", amount: "1.0" }]).lines[0]?.reversals).toEqual([reversal(1)]);
    expect(WalmartOrder.safeParse(purchaseOrder("1", [{ status: "Cancelled", amount: "0.5" }])).success).toBe(false);
  });

  it("dates a cancelled unit by the order, for the line's own date moves on when the rest ships", () => {
    const order = purchaseOrder("1", cancelled(1));
    const [line] = order.orderLines.orderLine;
    const later = { ...order, orderLines: { orderLine: [{ ...line, statusDate: 1_568_999_999_000 }] } };
    expect(toSnapshot(WalmartOrder.parse(later))).toEqual(toSnapshot(WalmartOrder.parse(order)));
  });

  it("keeps ids and SKUs as they are, also ids that came as numbers beyond 2^53", () => {
    const text = JSON.stringify(purchaseOrder("ID", created))
      .replace('"ID"', "109876543210987654321")
      .replace('"BAG-BLU"', '"1e5"');
    const [line] = toSnapshot(WalmartOrder.parse(parseJson(text))).lines;
    expect(WalmartOrder.parse(parseJson(text)).purchaseOrderId).toBe("109876543210987654321");
    expect(line?.item).toEqual({ refs: ["1e5"], sku: "1e5" });
  });

  it("takes stock for a replacement like any other", () => {
    const order = {
      ...purchaseOrder("1", created),
      orderType: "REPLACEMENT",
      originalCustomerOrderID: "5281956426648",
    };
    expect(toSnapshot(WalmartOrder.parse(order)).lines).toMatchObject([{ quantity: 3, state: "sold", reversals: [] }]);
  });

  it("gives nothing back for a buyer's wish to cancel", () => {
    const order = purchaseOrder("1", created);
    const [line] = order.orderLines.orderLine;
    const wished = { ...order, orderLines: { orderLine: [{ ...line, intentToCancel: "2026-11-20T10:00:00Z" }] } };
    expect(toSnapshot(WalmartOrder.parse(wished)).lines).toMatchObject([{ quantity: 3, reversals: [] }]);
  });

  it.each(["Acknowledged", "Shipped", "Delivered"])("is the same once its line is %s", (status) => {
    expect(snapshotOf([{ status, amount: "3" }])).toEqual(snapshotOf(created));
  });

  it("moves no stock for a refund", () => {
    expect(snapshotOf([{ status: "Refund", amount: "3" }]).lines[0]?.reversals).toEqual([]);
  });
});
