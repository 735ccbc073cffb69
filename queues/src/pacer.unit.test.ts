import { setImmediate } from "node:timers/promises";
import { createLogger } from "@lastunit/config";
import { expect, it } from "vitest";
import { createPacers } from "./pacers.ts";

it("gives back what was spent ahead for a push that is given up while the channel takes no call (it was lost)", async () => {
  const pacers = createPacers({ connection: undefined, log: createLogger({ name: "test", level: "silent" }) });
  const pacer = pacers.open("test", { calls: { perSecond: 0.01, burst: 2 } }, () => new Error("out of calls"));
  pacer.observe("calls", { remaining: 0, refillsAt: Date.now() + 200 });
  // By then it counts none left.
  await setImmediate();
  pacer.observe("calls", { refunded: 2 });

  const stopping = new AbortController();
  const turn = pacer.turn("calls", { cost: 2, signal: stopping.signal });
  await setImmediate();
  stopping.abort(new Error("stopped"));
  await expect(turn).rejects.toThrow("stopped");

  const next = pacer.spend("calls", async () => "sent", { cost: 2, signal: AbortSignal.timeout(5_000) });
  expect(await next).toBe("sent");
  await pacer.close();
});
