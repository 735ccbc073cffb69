import { performance } from "node:perf_hooks";
import { Connection } from "./connection.ts";
import type { Load, LoadResult } from "./load.ts";
import { requestWriter } from "./requests.ts";

/** Runs loads that arrive by message, one at a time, and answers each with its result. */
process.on("message", (load: Load) => {
  run(load).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.once("disconnect", () => process.exit());

async function run(load: Load): Promise<LoadResult> {
  const requestOf = requestWriter(load);
  const url = new URL(load.url);
  const latencies = new Float64Array(load.requests);
  const statuses: Record<number, number> = {};
  let next = 0;
  let lastAccepted = 0;

  async function client(connection: Connection): Promise<void> {
    while (next < load.requests) {
      const n = next;
      next += 1;
      const request = requestOf(n);
      const sent = performance.now();
      const status = await connection.send(request);
      const answered = performance.now();
      latencies[n] = answered - sent;
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 201) lastAccepted = answered;
    }
  }

  // They are kept alive: opening them is no part of what is measured.
  const connections = await Promise.all(Array.from({ length: load.clients }, () => Connection.open(url)));
  const start = performance.now();
  try {
    await Promise.all(connections.map(client));
  } finally {
    for (const connection of connections) connection.close();
  }
  const seconds = (performance.now() - start) / 1_000;
  latencies.sort();
  const at = (share: number) => latencies[Math.min(load.requests - 1, Math.floor(share * load.requests))] ?? 0;
  return {
    seconds,
    statuses,
    acceptedSeconds: lastAccepted === 0 ? 0 : (lastAccepted - start) / 1_000,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
  };
}
