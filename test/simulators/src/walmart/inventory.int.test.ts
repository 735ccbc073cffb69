import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openWalmart, type WalmartBench } from "./testing.ts";

const odd = "a/b #+ 1";
let walmart: WalmartBench;

beforeEach(async () => {
  walmart = await openWalmart([
    { sku: "A", quantity: 5 },
    { sku: odd, quantity: 2 },
    { sku: "C", quantity: 0 },
  ]);
});

afterEach(() => walmart.simulator.stop());

const shown = (sku: string) => walmart.simulator.stock("acme").find((stock) => stock.sku === sku)?.available;
const put = (sku: string, amount: unknown, json: object = { sku, quantity: { unit: "EACH", amount } }) =>
  walmart.call("PUT", `/v3/inventory?sku=${encodeURIComponent(sku)}`, { json });
const putNodes = (sku: string, ...nodes: readonly object[]) =>
  walmart.call("PUT", `/v3/inventories/${encodeURIComponent(sku)}`, { json: { inventories: { nodes } } });
const node = (amount: unknown, shipNode = walmart.shipNode) => ({ shipNode, inputQty: { unit: "EACH", amount } });
const nodeOf = async (sku: string) =>
  (await walmart.call("GET", `/v3/inventories/${encodeURIComponent(sku)}`)).body.nodes[0];
const each = (amount: number) => ({ unit: "EACH", amount });

describe("the three quantities", () => {
  it("an order reserves and leaves the input quantity", async () => {
    await walmart.buy({ sku: "A", quantity: 2 });
    expect(await nodeOf("A")).toEqual({
      shipNode: walmart.shipNode,
      inputQty: each(5),
      availToSellQty: each(3),
      reservedQty: each(2),
    });
    expect(shown("A")).toBe(3);
  });

  it("a write sets the input quantity, from which what is reserved is taken off again", async () => {
    await walmart.buy({ sku: "A", quantity: 2 });
    await put("A", 3);
    expect(await nodeOf("A")).toMatchObject({ inputQty: each(3), availToSellQty: each(1), reservedQty: each(2) });
    await putNodes("A", node(5));
    expect(shown("A")).toBe(3);
    expect(walmart.events("quantity_written")).toMatchObject([
      { sku: "A", locationId: walmart.shipNode, from: 3, to: 1 },
      { sku: "A", locationId: walmart.shipNode, from: 1, to: 3 },
    ]);
  });

  it("a cancellation frees what was reserved", async () => {
    const orderId = await walmart.buy({ sku: "A", quantity: 5 });
    expect(shown("A")).toBe(0);
    await walmart.simulator.cancelOrder("acme", orderId);
    expect(await nodeOf("A")).toMatchObject({ inputQty: each(5), availToSellQty: each(5), reservedQty: each(0) });
    expect(shown("A")).toBe(5);
    expect(walmart.events("order_cancelled")).toMatchObject([{ restocked: true }]);
  });

  it("an input below what is reserved shows 0, and a cancellation first makes up for it", async () => {
    const [first, second] = [
      await walmart.buy({ sku: "A", quantity: 2 }),
      await walmart.buy({ sku: "A", quantity: 2 }),
    ];
    await put("A", 1);
    expect(shown("A")).toBe(0);
    await walmart.simulator.cancelOrder("acme", first);
    expect(shown("A")).toBe(0);
    await walmart.simulator.cancelOrder("acme", second);
    expect(shown("A")).toBe(1);
    expect((await nodeOf("A")).availToSellQty).toEqual(each(1));
  });

  it("nothing is sold that isn't there", async () => {
    const lines = [
      { sku: "A", quantity: 1 },
      { sku: "C", quantity: 1 },
    ];
    expect(await walmart.simulator.placeOrder({ account: "acme", lines })).toEqual({ refused: "sold_out" });
    expect(await nodeOf("A")).toMatchObject({ reservedQty: each(0) });
  });
});

describe("several ship nodes", () => {
  beforeEach(async () => {
    await walmart.simulator.stop();
    walmart = await openWalmart([{ sku: "A", quantity: 2 }], { shipNodes: 2 });
  });

  it("are listed, and hold an item once they are written", async () => {
    const nodes = (await walmart.call("GET", "/v3/settings/shipping/shipnodes")).body;
    const [first, second] = nodes.map((each: { shipNode: string }) => each.shipNode);
    expect(first).toBe(walmart.shipNode);
    expect((await walmart.call("GET", "/v3/inventories/A")).body.nodes).toMatchObject([{ shipNode: first }]);
    await putNodes("A", node(3, second));
    expect((await walmart.call("GET", "/v3/inventories/A")).body.nodes).toMatchObject([
      { shipNode: first, inputQty: each(2) },
      { shipNode: second, inputQty: each(3) },
    ]);
    expect(shown("A")).toBe(5);
  });

  it("ship an order from where the units are", async () => {
    const nodes = (await walmart.call("GET", "/v3/settings/shipping/shipnodes")).body;
    const second = nodes[1].shipNode;
    await putNodes("A", node(0), node(3, second));
    const orderId = await walmart.buy({ sku: "A", quantity: 2 });
    expect((await walmart.call("GET", `/v3/orders/${orderId}`)).body.order.shipNode.id).toBe(second);
    expect((await walmart.call("GET", "/v3/inventories/A")).body.nodes).toMatchObject([
      { reservedQty: each(0) },
      { availToSellQty: each(1), reservedQty: each(2) },
    ]);
    expect(shown("A")).toBe(1);
  });
});

describe("/v3/inventory", () => {
  it("reads back the input quantity that was written, sold units included", async () => {
    await walmart.buy({ sku: odd, quantity: 1 });
    expect(await put(odd, 7)).toMatchObject({ status: 200, body: { sku: odd, quantity: each(7) } });
    const { body } = await walmart.call("GET", `/v3/inventory?sku=${encodeURIComponent(odd)}`);
    expect(body).toEqual({ sku: odd, quantity: each(7) });
  });

  it("refuses another SKU in the body, a wrong amount or unit, an unknown SKU or node", async () => {
    expect((await put("A", 1, { sku: "C", quantity: each(1) })).status).toBe(400);
    for (const amount of [-1, 1.5, "1", null]) expect((await put("A", amount)).status).toBe(400);
    expect((await put("A", 1, { sku: "A", quantity: { unit: "PACK", amount: 1 } })).status).toBe(400);
    expect((await put("NOBODY", 1)).status).toBe(404);
    const elsewhere = { json: { sku: "A", quantity: each(1) } };
    expect((await walmart.call("PUT", "/v3/inventory?sku=A&shipNode=1", elsewhere)).status).toBe(404);
    expect(shown("A")).toBe(5);
    expect(walmart.events("quantity_written")).toEqual([]);
  });
});

describe("/v3/inventories", () => {
  it("answers 200 with a status for each node, also when one was refused", async () => {
    const { status, body } = await putNodes("A", node(4), node(9, "10000000000"));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      sku: "A",
      nodes: [
        { shipNode: walmart.shipNode, status: "Success", errors: [] },
        { shipNode: "10000000000", status: "Failure", errors: [{ field: "shipNode" }] },
      ],
    });
    expect(shown("A")).toBe(4);
    expect((await putNodes("A", node(-4))).body.nodes).toMatchObject([{ status: "Failure" }]);
    expect((await putNodes("NOBODY", node(1))).status).toBe(404);
    expect((await putNodes("A")).status).toBe(400);
  });

  it("lists all SKUs by a cursor that changes; a short page is not the end", async () => {
    const page = async (query: string) => (await walmart.call("GET", `/v3/inventories?${query}`)).body;
    const first = await page("limit=2");
    expect(first.elements.inventories).toMatchObject([{ sku: "A" }]);
    expect(first.meta).toMatchObject({ totalCount: 3, nextCursor: expect.any(String) });
    const second = await page(`limit=2&nextCursor=${first.meta.nextCursor}`);
    expect(second.elements.inventories).toMatchObject([{ sku: odd }, { sku: "C" }]);
    expect(second.meta.nextCursor).toBeUndefined();
    expect((await walmart.call("GET", "/v3/inventories?limit=51")).status).toBe(400);
    expect((await walmart.call("GET", "/v3/inventories?nextCursor=made-up")).status).toBe(400);
  });

  it("names the ship node", async () => {
    const { body } = await walmart.call("GET", "/v3/settings/shipping/shipnodes");
    expect(body).toMatchObject([{ shipNode: walmart.shipNode, status: "ACTIVE" }]);
  });
});

describe("/v3/items", () => {
  const list = (query: string) => walmart.call("GET", `/v3/items?${query}`);

  it("are read from one snapshot, by its handle and an offset", async () => {
    const first = (await list("limit=2&nextCursor=*")).body;
    expect(first).toMatchObject({
      totalItems: 3,
      ItemResponse: [{ sku: "A", publishedStatus: "PUBLISHED" }, { sku: odd }],
    });
    const second = (await list(`limit=2&nextCursor=${first.nextCursor}&offset=2`)).body;
    expect(second).toMatchObject({ nextCursor: first.nextCursor, ItemResponse: [{ sku: "C" }] });
    expect((await list("limit=2&nextCursor=made-up")).status).toBe(400);
    expect((await list("limit=51")).status).toBe(400);
    expect((await list("offset=10001")).status).toBe(400);
  });

  it("are 404 when there are none", async () => {
    const empty = await openWalmart([]);
    expect((await empty.call("GET", "/v3/items?limit=50&nextCursor=*")).status).toBe(404);
    await empty.simulator.stop();
  });

  it("can be asked for one by one", async () => {
    const path = `/v3/items/${encodeURIComponent(odd)}?productIdType=SKU`;
    expect((await walmart.call("GET", path)).body.ItemResponse).toMatchObject([{ sku: odd }]);
    expect((await walmart.call("GET", "/v3/items/NOBODY?productIdType=SKU")).status).toBe(404);
  });
});
