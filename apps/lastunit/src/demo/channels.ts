import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { reachSimulator, type RemoteSimulator, type SimulatedKind, type SimulatorsOptions } from "@lastunit/simulators";
import type { SimulatorUrls } from "./simulator-thread.ts";

/** The four simulated channels of the demo. */
export interface Channels {
  readonly simulators: { readonly [kind in SimulatedKind]: RemoteSimulator };
  stop(): Promise<void>;
}

/**
 * Starts them in a thread of their own: the channels are somebody else's machines, and their work must not slow ours.
 *
 * @throws when a port is in use.
 */
export async function startChannels(options: SimulatorsOptions): Promise<Channels> {
  const thread = new Worker(new URL("./simulator-thread.ts", import.meta.url), { workerData: options });
  const [urls]: SimulatorUrls[] = await once(thread, "message");
  if (!urls) throw new Error("the simulated channels did not say where they are");
  return {
    simulators: {
      shopify: reachSimulator("shopify", urls.shopify),
      amazon: reachSimulator("amazon", urls.amazon),
      ebay: reachSimulator("ebay", urls.ebay),
      walmart: reachSimulator("walmart", urls.walmart),
    },
    async stop() {
      await thread.terminate();
    },
  };
}
