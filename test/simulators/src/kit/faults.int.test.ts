import { describe, expect, it } from "vitest";
import { eventually } from "../testing/eventually.ts";
import { useCountingBench } from "./testing.ts";

const bench = useCountingBench();

describe("faults", () => {
  it("answers with the given status, headers and body without looking at the call, as often as asked", async () => {
    bench.simulator.fault({
      times: 2,
      effect: {
        type: "status",
        status: 503,
        body: "<html>",
        headers: { "content-type": "text/html", "retry-after": "2" },
      },
    });
    const first = await bench.count();
    expect([
      first.status,
      await first.text(),
      first.headers.get("content-type"),
      first.headers.get("retry-after"),
    ]).toEqual([503, "<html>", "text/html", "2"]);
    expect((await bench.count()).status).toBe(503);
    expect(bench.counter.value).toBe(0);
    expect((await bench.count()).status).toBe(200);
  });

  it("hits only the operation and the account it names", async () => {
    bench.simulator.fault({ operation: "count", account: "acme", effect: { type: "status", status: 500 } });
    expect((await fetch(`${bench.simulator.url}/count`, { headers: { "x-sim-host": "acme" } })).status).toBe(200);
    expect((await bench.count("other")).status).toBe(200);
    expect((await bench.count()).status).toBe(500);
  });

  it("throttles in the channel's own words and records it", async () => {
    bench.simulator.fault({ effect: { type: "throttle" } });
    expect((await bench.count()).status).toBe(429);
    expect(bench.calls()).toMatchObject([{ operation: "count", account: "acme", status: 429, throttled: true }]);
    expect(bench.counter.value).toBe(0);
  });

  it("delays the answer by the given time", async () => {
    bench.simulator.fault({ effect: { type: "delay", ms: 80 } });
    const started = performance.now();
    expect((await bench.count()).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThanOrEqual(75);
  });

  it("cuts the connection before the call takes effect", async () => {
    bench.simulator.fault({ effect: { type: "reset" } });
    await expect(bench.count()).rejects.toThrow("fetch failed");
    expect(bench.counter.value).toBe(0);
  });

  it("loses the answer of a call that took effect", async () => {
    bench.simulator.fault({ effect: { type: "lose_answer" } });
    await expect(bench.count()).rejects.toThrow("fetch failed");
    expect(bench.counter.value).toBe(1);
  });

  it("stops an answer half way through its JSON, with the effect done", async () => {
    bench.simulator.fault({ effect: { type: "cut" } });
    const answer = await bench.count();
    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(text).toBe('{"valu');
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(bench.counter.value).toBe(1);
  });

  it("lets as many calls pass before it hits as it is told to", async () => {
    bench.simulator.fault({ operation: "count", after: 2, times: 2, effect: { type: "status", status: 500 } });
    const statuses = [];
    for (let call = 0; call < 5; call += 1) statuses.push((await bench.count()).status);
    expect(statuses).toEqual([200, 200, 500, 500, 200]);
  });

  it("are listed until they have hit, and can be forgotten", async () => {
    bench.simulator.fault({ times: 2, effect: { type: "status", status: 500 } });
    bench.simulator.fault({ topic: "order", effect: { type: "lose_notification" } });
    await bench.count();
    expect(bench.simulator.faults()).toEqual([
      { times: 1, effect: { type: "status", status: 500 } },
      { times: 1, topic: "order", effect: { type: "lose_notification" } },
    ]);
    bench.simulator.clearFaults();
    expect(bench.simulator.faults()).toEqual([]);
    expect((await bench.count()).status).toBe(200);
  });

  it("are refused for an operation that the channel does not have", () => {
    expect(() => bench.simulator.fault({ operation: "cuont", effect: { type: "cut" } })).toThrow(
      "the ebay simulator has no operation cuont; it has: count, feed, few, read",
    );
  });

  it("leaves a feed unfinished for ever, and the next one not", async () => {
    bench.simulator.fault({ account: "acme", effect: { type: "stick_feed" } });
    const feed = () => fetch(`${bench.simulator.url}/feed`, { method: "POST", headers: { "x-sim-host": "acme" } });
    expect([(await feed()).status, bench.counter.value]).toEqual([202, 0]);
    expect([(await feed()).status, bench.counter.value]).toEqual([202, 10]);
  });

  it("revokes for good", async () => {
    bench.simulator.fault({ effect: { type: "revoke" } });
    expect([(await bench.count()).status, (await bench.count()).status]).toEqual([401, 401]);
  });
});

describe("faults of notifications", () => {
  const told = () => bench.receiver.received.map(({ body }) => body);
  const place = async () => {
    const placed = await bench.simulator.placeOrder(bench.buy());
    return "orderId" in placed ? placed.orderId : "";
  };

  it("lose one, which redeliver still sends", async () => {
    bench.simulator.fault({ effect: { type: "lose_notification" } });
    const lost = await place();
    const next = await place();
    await eventually(() => expect(bench.notified().map(({ status }) => status)).toEqual(["lost", 200]));
    expect(told()).toEqual([next]);
    await bench.simulator.redeliver("acme", 1);
    expect(told().toSorted()).toEqual([lost, next, next].toSorted());
  });

  it("send one several times", async () => {
    bench.simulator.fault({ topic: "order", effect: { type: "duplicate_notification", copies: 3 } });
    const orderId = await place();
    await eventually(() => expect(told()).toEqual([orderId, orderId, orderId]));
  });

  it("hold one back until the next has been answered", async () => {
    bench.simulator.fault({ effect: { type: "reorder_notification" } });
    const first = await place();
    const second = await place();
    await eventually(() => expect(told()).toEqual([second, first]));
  });

  it("delay one", async () => {
    bench.simulator.fault({ effect: { type: "delay_notification", ms: 150 } });
    const first = await place();
    const second = await place();
    await eventually(() => expect(told()).toEqual([second, first]));
  });

  it("hit only the topic and the account they name", async () => {
    bench.simulator.fault({ topic: "other", effect: { type: "lose_notification" } });
    bench.simulator.fault({ account: "other", effect: { type: "lose_notification" } });
    const orderId = await place();
    await eventually(() => expect(told()).toEqual([orderId]));
    expect(bench.simulator.faults()).toHaveLength(2);
  });
});
