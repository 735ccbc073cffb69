export { startAmazonSimulator } from "./amazon/index.ts";
export { startEbaySimulator } from "./ebay/index.ts";
export { startShopifySimulator } from "./shopify/index.ts";
export * from "./simulator.ts";
export { readFaultScript, type FaultScript } from "./kit/index.ts";
export { simulatedKinds, startSimulators, type Simulators, type SimulatorsOptions } from "./simulators.ts";
export { startWalmartSimulator } from "./walmart/index.ts";
export { reachSimulator, type RemoteSimulator } from "./remote.ts";
