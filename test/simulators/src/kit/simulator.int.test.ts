import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Fault, Simulator } from "../simulator.ts";
import { startReceiver, type Receiver } from "../testing/receiver.ts";
import {
  createStock,
  httpNotification,
  startSimulator,
  type ChannelAccount,
  type ChannelDefinition,
  type Kit,
} from "./index.ts";

/** The smallest channel: one call that adds 1, a feed that does so later, one notification an order. */
function countingChannel(receiver: Receiver, extras: Partial<ChannelDefinition<ChannelAccount>> = {}) {
  const counter = { value: 0, revoked: false };
  const start = (port = 0, faults: readonly Fault[] = []) =>
    startSimulator<ChannelAccount>({ port, seed: 1, faults }, (kit) => ({
      kind: "ebay",
      routes: [
        {
          method: "POST",
          path: "/count",
          operation: "count",
          handle: () => ({ status: counter.revoked ? 401 : 200, body: { value: (counter.value += 1) } }),
        },
        { method: "GET", path: "/count", operation: "read", handle: () => ({ status: 200, body: counter }) },
        {
          method: "POST",
          path: "/feed",
          operation: "feed",
          handle({ host }) {
            if (kit.isFeedStuck(host)) return { status: 202 };
            counter.value += 10;
            return { status: 202 };
          },
        },
        {
          method: "POST",
          path: "/few",
          operation: "few",
          handle: ({ host }) =>
            kit.limits.bucket(host, "few", { perSecond: 1, burst: 2 }).take() ? { status: 200 } : { status: 429 },
        },
      ],
      openAccount: ({ account, listings }) => ({
        name: account,
        stock: createStock(account, listings.map(itemOf), kit.history),
        connection: { account, credentials: {}, settings: {} },
      }),
      accountOf: ({ host }) => host,
      throttled: () => ({ status: 429, body: { error: "slow down" }, throttled: true }),
      revoke: () => void (counter.revoked = true),
      place: ({ name }) => placeWith(name, receiver, kit),
      cancel: () => ({ restocked: false, notifications: [] }),
      ship: () => [],
      switchOff: () => undefined,
      prices: () => [],
      ...extras,
    }));
  return { counter, start };
}

function itemOf({ sku, quantity }: { sku: string; quantity: number }) {
  return { sku, externalId: sku, locationId: null, available: quantity };
}

function placeWith(account: string, { url }: Receiver, { random }: Kit<ChannelAccount>) {
  const orderId = random.digits(6);
  const message = { account, topic: "order", deliveryId: random.uuid(), url, headers: {}, body: orderId };
  return { orderId, notifications: [httpNotification(message)] };
}

let receiver: Receiver;
let simulator: Simulator;
let counter: ReturnType<typeof countingChannel>["counter"];

async function begin(script: readonly number[] = [], extras: Partial<ChannelDefinition<ChannelAccount>> = {}) {
  receiver = await startReceiver(script);
  const channel = countingChannel(receiver, extras);
  counter = channel.counter;
  simulator = await channel.start();
  await simulator.addAccount({ account: "acme", listings: [{ sku: "A", quantity: 5 }] });
}

beforeEach(() => begin());
afterEach(async () => {
  await simulator.stop();
  await receiver[Symbol.asyncDispose]();
});

const count = (account = "acme") =>
  fetch(`${simulator.url}/count`, { method: "POST", headers: { "x-sim-host": account } });
const buy = (quantity = 1) => ({ account: "acme", lines: [{ sku: "A", quantity }] });
const calls = () => simulator.history().filter((event) => event.type === "call");
const notified = () => simulator.history().filter((event) => event.type === "notified");

describe("buyers", () => {
  it("get five units between 200 of them, and the other 195 are refused", async () => {
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => simulator.placeOrder(buy())));
    expect(outcomes.filter((outcome) => "orderId" in outcome)).toHaveLength(5);
    expect(outcomes.filter((outcome) => "refused" in outcome)).toHaveLength(195);
    const types = simulator.history("acme").map(({ type }) => type);
    expect(types.filter((type) => type === "order_placed")).toHaveLength(5);
    expect(types.filter((type) => type === "order_refused")).toHaveLength(195);
    expect(simulator.stock("acme")).toMatchObject([{ sku: "A", available: 0 }]);
  });

  it("can't settle or refund where the channel has no such thing", async () => {
    await expect(simulator.settleOrder("acme", "1")).rejects.toThrow("ebay orders stand at once");
    await expect(simulator.refundOrder("acme", "1", { sku: "A", quantity: 1, restock: true })).rejects.toThrow("ebay");
  });
});

describe("a call to an unknown address", () => {
  it("is a 404 and part of the history", async () => {
    expect((await fetch(`${simulator.url}/nowhere`, { method: "PUT" })).status).toBe(404);
    expect(calls()).toMatchObject([{ method: "PUT", path: "/nowhere", operation: "unknown", status: 404 }]);
  });
});

describe("faults", () => {
  it("answers with the given status, headers and body without looking at the call, as often as asked", async () => {
    simulator.fault({
      times: 2,
      effect: {
        type: "status",
        status: 503,
        body: "<html>",
        headers: { "content-type": "text/html", "retry-after": "2" },
      },
    });
    const first = await count();
    expect([
      first.status,
      await first.text(),
      first.headers.get("content-type"),
      first.headers.get("retry-after"),
    ]).toEqual([503, "<html>", "text/html", "2"]);
    expect((await count()).status).toBe(503);
    expect(counter.value).toBe(0);
    expect((await count()).status).toBe(200);
  });

  it("hits only the operation and the account it names", async () => {
    simulator.fault({ operation: "count", account: "acme", effect: { type: "status", status: 500 } });
    expect((await fetch(`${simulator.url}/count`, { headers: { "x-sim-host": "acme" } })).status).toBe(200);
    expect((await count("other")).status).toBe(200);
    expect((await count()).status).toBe(500);
  });

  it("throttles in the channel's own words and records it", async () => {
    simulator.fault({ effect: { type: "throttle" } });
    expect((await count()).status).toBe(429);
    expect(calls()).toMatchObject([{ operation: "count", account: "acme", status: 429, throttled: true }]);
    expect(counter.value).toBe(0);
  });

  it("delays the answer by the given time", async () => {
    simulator.fault({ effect: { type: "delay", ms: 80 } });
    const started = performance.now();
    expect((await count()).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThanOrEqual(75);
  });

  it("cuts the connection before the call takes effect", async () => {
    simulator.fault({ effect: { type: "reset" } });
    await expect(count()).rejects.toThrow("fetch failed");
    expect(counter.value).toBe(0);
  });

  it("loses the answer of a call that took effect", async () => {
    simulator.fault({ effect: { type: "lose_answer" } });
    await expect(count()).rejects.toThrow("fetch failed");
    expect(counter.value).toBe(1);
  });

  it("stops an answer half way through its JSON, with the effect done", async () => {
    simulator.fault({ effect: { type: "cut" } });
    const answer = await count();
    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(text).toBe('{"valu');
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(counter.value).toBe(1);
  });

  it("lets as many calls pass before it hits as it is told to", async () => {
    simulator.fault({ operation: "count", after: 2, times: 2, effect: { type: "status", status: 500 } });
    const statuses = [];
    for (let call = 0; call < 5; call += 1) statuses.push((await count()).status);
    expect(statuses).toEqual([200, 200, 500, 500, 200]);
  });

  it("are listed until they have hit, and can be forgotten", async () => {
    simulator.fault({ times: 2, effect: { type: "status", status: 500 } });
    simulator.fault({ topic: "order", effect: { type: "lose_notification" } });
    await count();
    expect(simulator.faults()).toEqual([
      { times: 1, effect: { type: "status", status: 500 } },
      { times: 1, topic: "order", effect: { type: "lose_notification" } },
    ]);
    simulator.clearFaults();
    expect(simulator.faults()).toEqual([]);
    expect((await count()).status).toBe(200);
  });

  it("are refused for an operation that the channel does not have", () => {
    expect(() => simulator.fault({ operation: "cuont", effect: { type: "cut" } })).toThrow(
      "the ebay simulator has no operation cuont; it has: count, feed, few, read",
    );
  });

  it("leaves a feed unfinished for ever, and the next one not", async () => {
    simulator.fault({ account: "acme", effect: { type: "stick_feed" } });
    const feed = () => fetch(`${simulator.url}/feed`, { method: "POST", headers: { "x-sim-host": "acme" } });
    expect([(await feed()).status, counter.value]).toEqual([202, 0]);
    expect([(await feed()).status, counter.value]).toEqual([202, 10]);
  });

  it("revokes for good", async () => {
    simulator.fault({ effect: { type: "revoke" } });
    expect([(await count()).status, (await count()).status]).toEqual([401, 401]);
  });
});

describe("faults of notifications", () => {
  const told = () => receiver.received.map(({ body }) => body);
  const place = async () => {
    const placed = await simulator.placeOrder(buy());
    return "orderId" in placed ? placed.orderId : "";
  };

  it("lose one, which redeliver still sends", async () => {
    simulator.fault({ effect: { type: "lose_notification" } });
    const lost = await place();
    const next = await place();
    await vi.waitFor(() => expect(told()).toEqual([next]));
    expect(notified().map((event) => event.type === "notified" && event.status)).toEqual(["lost", 200]);
    await simulator.redeliver("acme", 1);
    expect(told().toSorted()).toEqual([lost, next, next].toSorted());
  });

  it("send one several times", async () => {
    simulator.fault({ topic: "order", effect: { type: "duplicate_notification", copies: 3 } });
    const orderId = await place();
    await vi.waitFor(() => expect(told()).toEqual([orderId, orderId, orderId]));
  });

  it("hold one back until the next has been answered", async () => {
    simulator.fault({ effect: { type: "reorder_notification" } });
    const first = await place();
    const second = await place();
    await vi.waitFor(() => expect(told()).toEqual([second, first]));
  });

  it("delay one", async () => {
    simulator.fault({ effect: { type: "delay_notification", ms: 150 } });
    const first = await place();
    const second = await place();
    await vi.waitFor(() => expect(told()).toEqual([second, first]));
  });

  it("hit only the topic and the account they name", async () => {
    simulator.fault({ topic: "other", effect: { type: "lose_notification" } });
    simulator.fault({ account: "other", effect: { type: "lose_notification" } });
    const orderId = await place();
    await vi.waitFor(() => expect(told()).toEqual([orderId]));
    expect(simulator.faults()).toHaveLength(2);
  });
});

describe("limits", () => {
  it("are counted by account as the channel spends them", async () => {
    const call = () => fetch(`${simulator.url}/few`, { method: "POST", headers: { "x-sim-host": "acme" } });
    expect([(await call()).status, (await call()).status, (await call()).status]).toEqual([200, 200, 429]);
    expect(simulator.limits("acme")).toEqual([{ name: "few", perSecond: 1, burst: 2, spent: 2, refused: 1 }]);
    expect(() => simulator.limits("nobody")).toThrow("there is no account nobody");
  });
});

describe("notifications", () => {
  it("are sent once unless the plan says otherwise", async () => {
    await simulator.placeOrder(buy());
    await simulator.placeOrder({ ...buy(), notify: { copies: 3 } });
    await simulator.placeOrder({ ...buy(), notify: { copies: 0 } });
    await vi.waitFor(() => expect(notified()).toHaveLength(4));
    expect(receiver.received).toHaveLength(4);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(2);
  });

  it("are sent again by redeliver, lost ones too, with the same bytes and delivery id", async () => {
    await simulator.placeOrder(buy());
    await vi.waitFor(() => expect(notified()).toHaveLength(1));
    await simulator.placeOrder({ ...buy(), notify: { copies: 0 } });
    expect(await simulator.redeliver("acme", 2)).toEqual({ sent: 4, failed: 0 });
    const bodies = receiver.received.map(({ body }) => body);
    expect(bodies).toHaveLength(5);
    expect(new Set(bodies).size).toBe(2);
    expect(new Set(notified().map((event) => event.type === "notified" && event.deliveryId)).size).toBe(2);
  });

  it("are tried again after a 503 until they are taken", async () => {
    await simulator.stop();
    await receiver[Symbol.asyncDispose]();
    await begin([503, 503]);
    await simulator.placeOrder(buy());
    await vi.waitFor(() =>
      expect(notified().map((event) => "status" in event && event.status)).toEqual([503, 503, 200]),
    );
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  });

  it("are not tried again after a 401, and count as failed when sent again in vain", async () => {
    await simulator.stop();
    await receiver[Symbol.asyncDispose]();
    await begin([401, 401]);
    await simulator.placeOrder(buy());
    await vi.waitFor(() => expect(notified()).toHaveLength(1));
    expect(await simulator.redeliver("acme", 1)).toEqual({ sent: 0, failed: 1 });
  });
});

describe("the control routes", () => {
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${simulator.url}/_sim${path}`, { method: "POST", body: JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  };
  const get = async (path: string) => (await fetch(`${simulator.url}/_sim${path}`)).json();

  it("open accounts, sell, tell stock and history, as the interface does", async () => {
    await post("/accounts", { account: "shop-2", listings: [{ sku: "B", quantity: 1, price: 9.5 }] });
    const order = { account: "shop-2", lines: [{ sku: "B", quantity: 1 }], notify: { copies: 0 } };
    expect(await post("/orders", order)).toMatchObject({ status: 200, body: { orderId: expect.any(String) } });
    expect(await post("/orders", order)).toMatchObject({ status: 200, body: { refused: "sold_out" } });
    expect(await get("/stock?account=shop-2")).toMatchObject([{ sku: "B", available: 0 }]);
    expect(await get("/history?account=shop-2")).toEqual(simulator.history("shop-2"));
  });

  it("cancel, and refuse to settle or refund where the channel does", async () => {
    await post("/orders/17/cancel", { account: "acme" });
    expect(simulator.history("acme")).toMatchObject([{ type: "order_cancelled", orderId: "17" }]);
    const stands = { status: 400, body: { error: expect.stringContaining("stand at once") } };
    expect(await post("/orders/17/settle", { account: "acme" })).toMatchObject(stands);
    const refund = { account: "acme", sku: "A", quantity: 1, restock: true };
    expect(await post("/orders/17/refund", refund)).toMatchObject({ status: 400, body: { error: expect.any(String) } });
  });

  it("ship, cancel in part, switch off, rotate and show prices where the channel does", async () => {
    const done: string[] = [];
    await simulator.stop();
    await receiver[Symbol.asyncDispose]();
    await begin([], {
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
      prices: () => [{ sku: "A", price: { amount: "1.00", currency: "USD" }, sale: null }],
    });
    await post("/orders/17/ship", { account: "acme" });
    await post("/orders/17/cancel-units", { account: "acme", sku: "A", quantity: 2 });
    await post("/switch-off", { account: "acme" });
    expect(done).toEqual(["shipped 17", "17: 2 × A", "acme is off"]);
    expect(await post("/rotate-signing", { account: "acme" })).toMatchObject({ body: { clientSecret: "new" } });
    expect(await get("/prices?account=acme")).toMatchObject([{ sku: "A", price: { amount: "1.00" } }]);
    expect(simulator.history("acme")).toMatchObject([
      { type: "order_shipped", orderId: "17" },
      { type: "units_cancelled", orderId: "17", sku: "A", quantity: 2, restocked: true },
    ]);
  });

  it("say so where the channel has nothing of the kind", async () => {
    const units = { account: "acme", sku: "A", quantity: 1 };
    const none = { status: 400, body: { error: "the ebay simulator has nothing to cancel units of" } };
    expect(await post("/orders/17/cancel-units", units)).toEqual(none);
  });

  it("list faults and limits, and forget faults", async () => {
    await post("/faults", { operation: "count", effect: { type: "cut" } });
    expect(await get("/faults")).toEqual([{ operation: "count", times: 1, effect: { type: "cut" } }]);
    await fetch(`${simulator.url}/_sim/faults`, { method: "DELETE" });
    expect(await get("/faults")).toEqual([]);
    expect(await get("/limits?account=acme")).toEqual([]);
  });

  it("set faults and send again", async () => {
    await post("/faults", { operation: "count", effect: { type: "status", status: 418 } });
    expect((await count()).status).toBe(418);
    await post("/orders", buy());
    await vi.waitFor(() => expect(notified()).toHaveLength(1));
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
    simulator.fault({ effect: { type: "status", status: 500 } });
    await get("/stock?account=acme");
    expect(calls()).toEqual([]);
    expect((await count()).status).toBe(500);
  });
});

describe("starting", () => {
  it("with faults has them wait", async () => {
    const channel = countingChannel(receiver);
    const other = await channel.start(0, [{ effect: { type: "status", status: 418 } }]);
    expect((await fetch(`${other.url}/count`, { method: "POST" })).status).toBe(418);
    await other.stop();
  });

  it("fails with kind and port when the port is in use", async () => {
    const port = new URL(simulator.url).port;
    await expect(countingChannel(receiver).start(Number(port))).rejects.toThrow(
      `the ebay simulator cannot listen on 127.0.0.1:${port}`,
    );
  });

  it("leaves nothing listening after stop", async () => {
    await simulator.stop();
    await expect(count()).rejects.toThrow("fetch failed");
  });
});
