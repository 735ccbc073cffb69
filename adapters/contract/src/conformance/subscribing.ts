import { without, type ConformanceGroup } from "./case.ts";
import { hear, subscribe } from "./drivers.ts";

const canSubscribe = without(({ session }) => session.subscribe !== undefined, "nothing can be subscribed");

export const subscribing: ConformanceGroup = {
  about: "subscribing",
  cases: [
    {
      title: "finds nothing to mend right after it has subscribed",
      ...canSubscribe,
      async run(harness, expect) {
        await subscribe(harness);
        expect(await subscribe(harness)).toEqual([]);
      },
    },
    {
      title: "mends what was switched off, says so, and hears of orders again",
      ...canSubscribe,
      async run(harness, expect) {
        await subscribe(harness);
        await harness.switchOff();
        const mended = await subscribe(harness);
        expect(mended).not.toEqual([]);
        expect(mended.filter((sentence) => sentence === "")).toEqual([]);
        const { orderId } = await harness.placeOrder([{ sku: "CAP-RED", quantity: 1 }]);
        expect((await hear(harness, orderId)).orderId).toBe(orderId);
        expect(await subscribe(harness)).toEqual([]);
      },
    },
    {
      title: "is mended by another process as well, which knows of the first only what the channel tells",
      ...canSubscribe,
      async run(harness, expect) {
        await subscribe(harness);
        const session = harness.openSession();
        expect(await subscribe({ ...harness, session })).toEqual([]);
        await session.close();
      },
    },
  ],
};
