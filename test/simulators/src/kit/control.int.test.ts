import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startShopifySimulator, type ShopifySimulator } from "../shopify/index.ts";
import { eventually } from "../testing/eventually.ts";
import { useCountingBench } from "./testing.ts";

const bench = useCountingBench();

describe("the control routes", () => {
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${bench.simulator.url}/_sim${path}`, { method: "POST", body: JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  };
  const get = async (path: string) => (await fetch(`${bench.simulator.url}/_sim${path}`)).json();

  it("open accounts, sell, tell stock and history, as the interface does", async () => {
    await post("/accounts", { account: "shop-2", listings: [{ sku: "B", quantity: 1, price: 9.5 }] });
    const order = { account: "shop-2", lines: [{ sku: "B", quantity: 1 }], notify: { copies: 0 } };
    expect(await post("/orders", order)).toMatchObject({ status: 200, body: { orderId: expect.any(String) } });
    expect(await post("/orders", order)).toMatchObject({ status: 200, body: { refused: "sold_out" } });
    expect(await get("/stock?account=shop-2")).toMatchObject([{ sku: "B", available: 0 }]);
    expect(await get("/history?account=shop-2")).toEqual(bench.simulator.history("shop-2"));
  });

  it("cancel, and refuse to settle or refund where the channel does", async () => {
    await post("/orders/17/cancel", { account: "acme" });
    expect(bench.simulator.history("acme")).toMatchObject([{ type: "order_cancelled", orderId: "17" }]);
    const stands = { status: 400, body: { error: expect.stringContaining("stand at once") } };
    expect(await post("/orders/17/settle", { account: "acme" })).toMatchObject(stands);
    const refund = { account: "acme", sku: "A", quantity: 1, restock: true };
    expect(await post("/orders/17/refund", refund)).toMatchObject({ status: 400, body: { error: expect.any(String) } });
  });

  it("ship, cancel in part, switch off, rotate, expire and show prices where the channel does", async () => {
    const done: string[] = [];
    await bench.restart([], {
      ship(_account, orderId) {
        done.push(`shipped ${orderId}`);
        return [];
      },
      cancelUnits: (_account, orderId, { sku, quantity }) => {
        done.push(`${orderId}: ${quantity} × ${sku}`);
        return { restocked: true, notifications: [] };
      },
      switchOff: ({ name }) => void done.push(`${name} is off`),
      rotateSigning: () => ({ clientSecret: "new" }),
      expireTokens: ({ name }) => void done.push(`${name} has no token left`),
      prices: () => [{ sku: "A", price: { amount: "1.00", currency: "USD" }, sale: null }],
    });
    await post("/orders/17/ship", { account: "acme" });
    await post("/orders/17/cancel-units", { account: "acme", sku: "A", quantity: 2 });
    await post("/switch-off", { account: "acme" });
    await post("/expire-tokens", { account: "acme" });
    expect(done).toEqual(["shipped 17", "17: 2 × A", "acme is off", "acme has no token left"]);
    expect(await post("/rotate-signing", { account: "acme" })).toMatchObject({ body: { clientSecret: "new" } });
    expect(await get("/prices?account=acme")).toMatchObject([{ sku: "A", price: { amount: "1.00" } }]);
    expect(bench.simulator.history("acme")).toMatchObject([
      { type: "order_shipped", orderId: "17" },
      { type: "units_cancelled", orderId: "17", sku: "A", quantity: 2, restocked: true },
    ]);
  });

  it.each([
    ["/orders/17/cancel-units", { sku: "A", quantity: 1 }, "cancel units of"],
    ["/orders/17/add-units", { sku: "A", quantity: 1 }, "add units to"],
    ["/orders/17/remove-units", { sku: "A", quantity: 1, restock: true }, "remove units from"],
    ["/unstock", { sku: "A", locationId: "1" }, "unstock"],
    ["/rotate-signing", {}, "rotate the key of"],
    ["/expire-tokens", {}, "expire the tokens of"],
  ])("say so where the channel has nothing of the kind: %s", async (path, body, what) => {
    const error = `the ebay simulator has nothing to ${what}`;
    expect(await post(path, { account: "acme", ...body })).toEqual({ status: 400, body: { error } });
  });

  it("list faults and limits, and forget faults", async () => {
    await post("/faults", { operation: "count", effect: { type: "cut" } });
    expect(await get("/faults")).toEqual([{ operation: "count", times: 1, effect: { type: "cut" } }]);
    await fetch(`${bench.simulator.url}/_sim/faults`, { method: "DELETE" });
    expect(await get("/faults")).toEqual([]);
    expect(await get("/limits?account=acme")).toEqual([]);
  });

  it("set faults and send again", async () => {
    await post("/faults", { operation: "count", effect: { type: "status", status: 418 } });
    expect((await bench.count()).status).toBe(418);
    await post("/orders", bench.buy());
    await eventually(() => expect(bench.notified()).toHaveLength(1));
    expect(await post("/redeliver", { account: "acme", times: 3 })).toMatchObject({ body: { sent: 3, failed: 0 } });
  });

  it.each([
    ["a missing field", "/orders", { lines: [] }, "at account"],
    ["a wrong type", "/orders", { account: "acme", lines: [{ sku: "A", quantity: "1" }] }, "at lines[0].quantity"],
    [
      "an unknown account",
      "/orders",
      { account: "nobody", lines: [{ sku: "A", quantity: 1 }] },
      "there is no account nobody",
    ],
    ["an account that exists", "/accounts", { account: "acme", listings: [] }, "exists already"],
    ["a bad account name", "/accounts", { account: "Acme!", listings: [] }, "no account name"],
    ["an unknown fault", "/faults", { effect: { type: "meteor" } }, "at effect.type"],
    ["a fault of no operation", "/faults", { operation: "x", effect: { type: "cut" } }, "has no operation x"],
  ])("refuse %s with 400 and the reason", async (_case, path, body, reason) => {
    expect(await post(path, body)).toMatchObject({ status: 400, body: { error: expect.stringContaining(reason) } });
  });

  it("are neither recorded nor hit by faults", async () => {
    bench.simulator.fault({ effect: { type: "status", status: 500 } });
    await get("/stock?account=acme");
    expect(bench.calls()).toEqual([]);
    expect((await bench.count()).status).toBe(500);
  });
});

describe("the control routes of a channel whose merchants edit orders and stock locations", () => {
  let shop: ShopifySimulator;
  beforeEach(async () => {
    shop = await startShopifySimulator({ seed: 1 });
    await shop.addAccount({ account: "acme", listings: [{ sku: "A", quantity: 5 }] });
  });
  afterEach(() => shop.stop());

  const units = () => shop.stock("acme").map(({ available }) => available);
  const post = async (path: string, body: object) => {
    const sent = JSON.stringify({ account: "acme", sku: "A", ...body });
    const answer = await fetch(`${shop.url}/_sim${path}`, { method: "POST", body: sent });
    return { status: answer.status, body: await answer.json() };
  };
  async function buy(quantity: number): Promise<string> {
    const placed = await shop.placeOrder({ account: "acme", lines: [{ sku: "A", quantity }] });
    return "orderId" in placed ? placed.orderId : "sold out";
  }

  it("add units to an order, off what buyers can buy, and refuse more than there are", async () => {
    const orderId = await buy(2);
    expect(await post(`/orders/${orderId}/add-units`, { quantity: 3 })).toEqual({ status: 200, body: {} });
    expect(units()).toEqual([0]);
    const refused = await post(`/orders/${orderId}/add-units`, { quantity: 1 });
    expect(refused).toEqual({ status: 400, body: { error: expect.stringContaining("sold out") } });
  });

  it("remove units from an order, back to stock or not", async () => {
    const orderId = await buy(3);
    const remove = (restock: boolean) => post(`/orders/${orderId}/remove-units`, { quantity: 1, restock });
    expect((await remove(true)).status).toBe(200);
    expect(units()).toEqual([3]);
    expect((await remove(false)).status).toBe(200);
    expect(units()).toEqual([3]);
    expect(await post(`/orders/${orderId}/remove-units`, { quantity: 1 })).toEqual({
      status: 400,
      body: { error: expect.stringContaining("at restock") },
    });
  });

  it("unstock a SKU at a location that the stock names", async () => {
    const [main] = shop.stock("acme").map(({ locationId }) => locationId);
    expect(await post("/unstock", { locationId: main })).toEqual({ status: 200, body: {} });
    expect(shop.stock("acme")).toEqual([]);
    const refused = await post("/unstock", { locationId: "gid://shopify/Location/1" });
    expect(refused).toEqual({ status: 400, body: { error: expect.stringContaining("has no location") } });
  });
});
