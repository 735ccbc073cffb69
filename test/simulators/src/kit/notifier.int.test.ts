import { describe, expect, it } from "vitest";
import { eventually } from "../testing/eventually.ts";
import { useCountingBench } from "./testing.ts";

const bench = useCountingBench();

describe("notifications", () => {
  it("are sent once unless the plan says otherwise", async () => {
    await bench.simulator.placeOrder(bench.buy());
    await bench.simulator.placeOrder({ ...bench.buy(), notify: { copies: 3 } });
    await bench.simulator.placeOrder({ ...bench.buy(), notify: { copies: 0 } });
    await eventually(() => expect(bench.notified()).toHaveLength(4));
    expect(bench.receiver.received).toHaveLength(4);
    expect(new Set(bench.receiver.received.map(({ body }) => body)).size).toBe(2);
  });

  it("are sent again by redeliver, lost ones too, with the same bytes and delivery id", async () => {
    await bench.simulator.placeOrder(bench.buy());
    await eventually(() => expect(bench.notified()).toHaveLength(1));
    await bench.simulator.placeOrder({ ...bench.buy(), notify: { copies: 0 } });
    expect(await bench.simulator.redeliver("acme", 2)).toEqual({ sent: 4, failed: 0 });
    const bodies = bench.receiver.received.map(({ body }) => body);
    expect(bodies).toHaveLength(5);
    expect(new Set(bodies).size).toBe(2);
    expect(new Set(bench.notified().map((event) => event.type === "notified" && event.deliveryId)).size).toBe(2);
  });

  it("are tried again after a 503 until they are taken", async () => {
    await bench.restart([503, 503]);
    await bench.simulator.placeOrder(bench.buy());
    await eventually(() =>
      expect(bench.notified().map((event) => "status" in event && event.status)).toEqual([503, 503, 200]),
    );
    expect(new Set(bench.receiver.received.map(({ body }) => body)).size).toBe(1);
  });

  it("are not tried again after a 401, and count as failed when sent again in vain", async () => {
    await bench.restart([401, 401]);
    await bench.simulator.placeOrder(bench.buy());
    await eventually(() => expect(bench.notified()).toHaveLength(1));
    expect(await bench.simulator.redeliver("acme", 1)).toEqual({ sent: 0, failed: 1 });
  });
});
