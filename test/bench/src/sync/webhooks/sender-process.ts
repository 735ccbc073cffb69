import { setTimeout as delay } from "node:timers/promises";
import { Connection } from "../../load/connection.ts";
import { writeDelivery } from "./delivery-writer.ts";
import { Sending, type Sent } from "./sending.ts";

/** Sends what it is told by message, one order at a time, and answers each with what came of it. */
process.on("message", (told) => {
  send(Sending.parse(told)).then(
    (sent) => process.send?.({ sent }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.once("disconnect", () => process.exit());

async function send({ sender, deliveries, connections, perSecond }: Sending): Promise<Sent> {
  // Signed ahead: on a small machine the sender shares the cores with what it measures.
  const requests = Array.from({ length: deliveries }, (_, n) => writeDelivery(sender, n));
  const latencies = new Float64Array(deliveries);
  let next = 0;
  let taken = 0;
  const opened = await Promise.all(Array.from({ length: connections }, () => Connection.open(new URL(sender.url))));
  const start = performance.now();

  async function sendOn(connection: Connection): Promise<void> {
    for (let n = next; n < deliveries; n = next) {
      next += 1;
      const due = perSecond === undefined ? performance.now() : start + (n / perSecond) * 1_000;
      const early = due - performance.now();
      if (early > 0) await delay(early);
      // A delivery that found every connection busy has waited since it was due; a timer that is late is our own.
      const begun = early > 0 ? performance.now() : due;
      const status = await connection.send(requests[n] ?? "");
      latencies[n] = performance.now() - begun;
      if (status === 200) taken += 1;
    }
  }

  try {
    await Promise.all(opened.map(sendOn));
  } finally {
    for (const connection of opened) connection.close();
  }
  const seconds = (performance.now() - start) / 1_000;
  latencies.sort();
  const at = (share: number) => latencies[Math.min(deliveries - 1, Math.floor(share * deliveries))] ?? 0;
  return { seconds, taken, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
