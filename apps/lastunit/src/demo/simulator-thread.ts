import { parentPort, workerData } from "node:worker_threads";
import { startSimulators, type SimulatedKind, type SimulatorsOptions } from "@lastunit/simulators";

/** What the thread tells once the channels are up; a failed start ends the thread with its error. */
export type SimulatorUrls = { readonly [kind in SimulatedKind]: string };

const options: SimulatorsOptions = workerData;
const simulators = await startSimulators(options);
const urls: SimulatorUrls = {
  shopify: simulators.shopify.url,
  amazon: simulators.amazon.url,
  ebay: simulators.ebay.url,
  walmart: simulators.walmart.url,
};
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
parentPort?.postMessage(urls);
