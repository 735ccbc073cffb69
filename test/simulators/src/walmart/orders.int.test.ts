import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openWalmart, type WalmartBench } from "./testing.ts";

let walmart: WalmartBench;

beforeEach(async () => {
  walmart = await openWalmart([
    { sku: "A", quantity: 9, title: "Blue widget" },
    { sku: "B", quantity: 1 },
  ]);
});

afterEach(() => walmart.simulator.stop());

/** The ids of the orders that a search finds. */
async function found(query = "", options: Parameters<WalmartBench["call"]>[2] = {}): Promise<string[]> {
  const { status, body } = await walmart.call("GET", `/v3/orders${query}`, options);
  return status === 404 ? [] : idsOf(body.list);
}
const idsOf = (page: { elements: { order: { purchaseOrderId: string }[] } }) =>
  page.elements.order.map(({ purchaseOrderId }) => purchaseOrderId);

describe("orders", () => {
  const list = async (query: string) => (await walmart.call("GET", `/v3/orders${query}`)).body.list;

  it("read with text for quantities and numbers for times", async () => {
    const purchaseOrderId = await walmart.buy({ sku: "A", quantity: 2 }, { sku: "B", quantity: 1 });
    const { body } = await walmart.call("GET", `/v3/orders/${purchaseOrderId}`);
    expect(body.order).toMatchObject({
      purchaseOrderId,
      orderType: "REGULAR",
      orderDate: expect.any(Number),
      shipNode: { type: "SellerFulfilled", id: walmart.shipNode },
      orderLines: {
        orderLine: [
          {
            lineNumber: "1",
            item: { sku: "A", productName: "Blue widget" },
            orderLineQuantity: { unitOfMeasurement: "EACH", amount: "2" },
            orderLineStatuses: { orderLineStatus: [{ status: "Created", statusQuantity: { amount: "2" } }] },
          },
          { lineNumber: "2", item: { sku: "B" } },
        ],
      },
    });
    expect((await walmart.call("GET", "/v3/orders/1")).status).toBe(404);
  });

  it("tell a cancelled quantity on the line", async () => {
    const purchaseOrderId = await walmart.buy({ sku: "A", quantity: 2 });
    await walmart.simulator.cancelOrder("acme", purchaseOrderId);
    const { body } = await walmart.call("GET", `/v3/orders/${purchaseOrderId}`);
    const [line] = body.order.orderLines.orderLine;
    expect(line.orderLineQuantity.amount).toBe("2");
    expect(line.orderLineStatuses.orderLineStatus).toMatchObject([
      { status: "Cancelled", statusQuantity: { amount: "2" } },
    ]);
  });

  it("page by a ready query string that works only as it is", async () => {
    const ids = [
      await walmart.buy({ sku: "A", quantity: 1 }),
      await walmart.buy({ sku: "A", quantity: 1 }),
      await walmart.buy({ sku: "A", quantity: 1 }),
    ];
    const first = await list("?limit=2");
    const second = await list(first.meta.nextCursor);
    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids);
    expect(second.meta.nextCursor).toBeUndefined();
    expect((await walmart.call("GET", `/v3/orders${first.meta.nextCursor}&limit=1`)).status).toBe(400);
    expect((await walmart.call("GET", "/v3/orders?hasMoreElements=true&soIndex=2")).status).toBe(400);
    expect((await walmart.call("GET", "/v3/orders?limit=201")).status).toBe(400);
  });

  it("are found by windows; without a created one only the last seven days count", async () => {
    const id = await walmart.buy({ sku: "A", quantity: 1 });
    const placedAt = Date.now();
    const day = 24 * 3_600_000;
    const at = (time: number) => new Date(time).toISOString();
    expect(await found(`?lastModifiedStartDate=${at(placedAt - day)}`)).toEqual([id]);
    expect(await found(`?lastModifiedStartDate=${at(placedAt + day)}`)).toEqual([]);
    expect(await found(`?lastModifiedEndDate=${at(placedAt - day)}`)).toEqual([]);
    expect(await found("?shipNodeType=WFSFulfilled")).toEqual([]);
    expect(await found("?status=Created")).toEqual([id]);
    expect((await walmart.call("GET", "/v3/orders?lastModifiedStartDate=yesterday")).status).toBe(400);

    vi.useFakeTimers({ toFake: ["Date"], now: placedAt + 8 * day });
    const headers = { "wm_sec.access_token": (await walmart.token()).body.access_token };
    expect(await found("", { headers })).toEqual([]);
    expect(await found(`?createdStartDate=${at(placedAt - day)}`, { headers })).toEqual([id]);
    vi.useRealTimers();
  });

  it("that a search does not find make it a 404, not an empty list", async () => {
    expect(await walmart.call("GET", "/v3/orders")).toMatchObject({
      status: 404,
      body: { errors: [{ code: "CONTENT_NOT_FOUND.GMP_ORDER_API" }] },
    });
  });
});

describe("a search of more orders than Walmart lists", () => {
  it("is refused whole; a shorter time is not", async () => {
    await walmart.simulator.stop();
    walmart = await openWalmart([{ sku: "A", quantity: 9 }], { ordersPerSearch: 2 });
    for (let count = 0; count < 2; count += 1) await walmart.buy({ sku: "A", quantity: 1 });
    expect((await walmart.call("GET", "/v3/orders")).status).toBe(200);
    const until = encodeURIComponent(new Date(Date.now() - 60_000).toISOString());
    await walmart.buy({ sku: "A", quantity: 1 });
    expect((await walmart.call("GET", "/v3/orders")).status).toBe(400);
    expect((await walmart.call("GET", `/v3/orders?lastModifiedEndDate=${until}`)).status).toBe(404);
  });
});

describe("an item that Walmart fulfills", () => {
  beforeEach(async () => {
    await walmart.simulator.stop();
    walmart = await openWalmart([
      { sku: "A", quantity: 9 },
      { sku: "WFS", quantity: 4, fulfilledByChannel: true },
    ]);
  });

  it("is in the catalog, and has no quantity that a seller can read or write", async () => {
    const { body } = await walmart.call("GET", "/v3/items?limit=50");
    expect(body.ItemResponse).toMatchObject([{ sku: "A" }, { sku: "WFS" }]);
    const all = (await walmart.call("GET", "/v3/inventories?limit=50")).body;
    expect([all.meta.totalCount, all.elements.inventories]).toMatchObject([1, [{ sku: "A" }]]);
    const nodes = [{ shipNode: walmart.shipNode, inputQty: { unit: "EACH", amount: 1 } }];
    const json = { sku: "WFS", quantity: { unit: "EACH", amount: 1 } };
    expect((await walmart.call("GET", "/v3/inventories/WFS")).status).toBe(404);
    expect((await walmart.call("PUT", "/v3/inventories/WFS", { json: { inventories: { nodes } } })).status).toBe(404);
    expect((await walmart.call("PUT", "/v3/inventory?sku=WFS", { json })).status).toBe(404);
  });

  it("is sold in orders that are found only under their own type of node", async () => {
    const id = await walmart.buy({ sku: "WFS", quantity: 1 });
    expect([await found(), await found("?shipNodeType=WFSFulfilled")]).toEqual([[], [id]]);
    const { body } = await walmart.call("GET", `/v3/orders/${id}`);
    expect(body.order.shipNode.type).toBe("WFSFulfilled");
  });
});

describe("what the seller does with an order", () => {
  const line = (status: string, amount: string, more: object = {}) => ({
    lineNumber: "1",
    orderLineStatuses: {
      orderLineStatus: [{ status, statusQuantity: { unitOfMeasurement: "EACH", amount }, ...more }],
    },
  });
  const ship = (id: string, amount: string, more: object = { trackingInfo: { trackingNumber: "1Z" } }) =>
    walmart.call("POST", `/v3/orders/${id}/shipping`, {
      json: { orderShipment: { orderLines: { orderLine: [line("Shipped", amount, more)] } } },
    });
  const cancel = (id: string, amount: string, cancellationReason?: string) =>
    walmart.call("POST", `/v3/orders/${id}/cancel`, {
      json: { orderCancellation: { orderLines: { orderLine: [line("Cancelled", amount, { cancellationReason })] } } },
    });
  const statuses = ({ body }: { body: ReturnType<typeof JSON.parse> }) =>
    body.order.orderLines.orderLine[0].orderLineStatuses.orderLineStatus.map(
      (each: { status: string; statusQuantity: { amount: string } }) => `${each.statusQuantity.amount} ${each.status}`,
    );
  const numbers = async () => {
    const [node] = (await walmart.call("GET", "/v3/inventories/A")).body.nodes;
    return [node.inputQty.amount, node.reservedQty.amount, node.availToSellQty.amount];
  };
  const shown = () => walmart.simulator.stock("acme").find(({ sku }) => sku === "A")?.available;

  it("acknowledges it whole; the units stay reserved", async () => {
    const id = await walmart.buy({ sku: "A", quantity: 3 });
    expect(statuses(await walmart.call("POST", `/v3/orders/${id}/acknowledge`))).toEqual(["3 Acknowledged"]);
    expect(await numbers()).toEqual([9, 3, 6]);
  });

  it("ships and cancels parts of a line", async () => {
    const id = await walmart.buy({ sku: "A", quantity: 3 });
    expect(statuses(await ship(id, "1"))).toEqual(["2 Created", "1 Shipped"]);
    expect(await numbers()).toEqual([8, 2, 6]);
    expect(statuses(await cancel(id, "1", "SELLER_CANCEL_PRICING_ERROR"))).toEqual([
      "1 Created",
      "1 Shipped",
      "1 Cancelled",
    ]);
    expect([await numbers(), shown()]).toEqual([[8, 1, 7], 7]);
    expect((await ship(id, "2")).status).toBe(400);
    expect((await ship(id, "1", {})).status).toBe(400);
    expect((await cancel(id, "1")).status).toBe(400);
    expect((await ship("1", "1")).status).toBe(404);
  });

  it("leaves the input quantity when it ships, if told to: the shipped units are for sale again", async () => {
    await walmart.simulator.stop();
    walmart = await openWalmart([{ sku: "A", quantity: 9 }], { shippingLowersInput: false });
    const id = await walmart.buy({ sku: "A", quantity: 3 });
    await walmart.simulator.shipOrder?.("acme", id);
    expect([await numbers(), shown()]).toEqual([[9, 0, 9], 9]);
  });

  it("shows none any more once a line was cancelled as out of stock", async () => {
    const id = await walmart.buy({ sku: "A", quantity: 3 });
    await cancel(id, "1", "SELLER_CANCEL_OUT_OF_STOCK");
    expect([await numbers(), shown()]).toEqual([[2, 2, 0], 0]);
  });

  it("refunds lines: money, and nothing of the units", async () => {
    const id = await walmart.buy({ sku: "A", quantity: 3 });
    await ship(id, "3");
    const refund = (lineNumber: string) =>
      walmart.call("POST", `/v3/orders/${id}/refund`, {
        json: { orderRefund: { orderLines: { orderLine: [{ lineNumber }] } } },
      });
    const refunded = await refund("1");
    expect([refunded.body.order.orderLines.orderLine[0].refund, statuses(refunded)]).toEqual([
      expect.any(Object),
      ["3 Shipped"],
    ]);
    expect(await numbers()).toEqual([6, 0, 6]);
    expect((await refund("9")).status).toBe(400);
  });

  it("is found by the status of any unit", async () => {
    const id = await walmart.buy({ sku: "A", quantity: 2 });
    await ship(id, "1");
    const by = (status: string) => found(`?status=${status}`);
    expect([await by("Created"), await by("Shipped"), await by("Cancelled"), await by("Odd")]).toEqual([
      [id],
      [id],
      [],
      [],
    ]);
  });
});

describe("returns", () => {
  const both = "returnLastModifiedStartDate=2026-01-01T00:00:00Z&returnLastModifiedEndDate=2099-01-01T00:00:00Z";
  const list = async (query: string) => walmart.call("GET", `/v3/returns${query}`);

  it("tell of goods that arrived and of goods the buyer keeps", async () => {
    const id = await walmart.buy({ sku: "A", quantity: 3 });
    await walmart.simulator.refundOrder("acme", id, { sku: "A", quantity: 2, restock: true });
    await walmart.simulator.refundOrder("acme", id, { sku: "A", quantity: 1, restock: false });
    const { body } = await list(`?${both}`);
    expect(body.returnOrders).toMatchObject([
      {
        returnOrderId: expect.stringMatching(/^\d{18}$/),
        returnOrderLines: [
          {
            purchaseOrderId: id,
            purchaseOrderLineNumber: 1,
            quantity: { measurementValue: 2 },
            status: "DELIVERED",
            isKeepIt: false,
            returnTrackingDetail: [{ eventTag: "DELIVERED_AT_RETURN_CENTER" }, { eventTag: "RETURN_INITIATED" }],
          },
        ],
      },
      { returnOrderLines: [{ quantity: { measurementValue: 1 }, status: "COMPLETED", isKeepIt: true }] },
    ]);
    const one = await list(`?returnOrderId=${body.returnOrders[1].returnOrderId}`);
    expect(one.body.returnOrders).toHaveLength(1);
    const tooMany = walmart.simulator.refundOrder("acme", id, { sku: "A", quantity: 1, restock: true });
    await expect(tooMany).rejects.toThrow("fewer than 1 units");
  });

  it("need both dates of a window, and page by a ready query string", async () => {
    const id = await walmart.buy({ sku: "A", quantity: 3 });
    for (let count = 0; count < 3; count += 1) {
      await walmart.simulator.refundOrder("acme", id, { sku: "A", quantity: 1, restock: true });
    }
    expect((await list(`?${both.split("&")[0]}`)).status).toBe(400);
    expect((await list("?limit=201")).status).toBe(400);
    const first = (await list(`?${both}&limit=2`)).body;
    const second = (await list(first.meta.nextCursor)).body;
    expect([first.returnOrders.length, second.returnOrders.length, second.meta.nextCursor]).toEqual([2, 1, undefined]);
    expect((await list("?sellerId=1&limit=2&offset=2")).status).toBe(400);
  });
});
