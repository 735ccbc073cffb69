import { startAmazonSimulator } from "./amazon/index.ts";
import { startEbaySimulator } from "./ebay/index.ts";
import type { FaultScript } from "./kit/index.ts";
import { startShopifySimulator } from "./shopify/index.ts";
import type { SimulatedKind, Simulator, SimulatorOptions } from "./simulator.ts";
import { startWalmartSimulator } from "./walmart/index.ts";

export interface SimulatorsOptions extends Omit<SimulatorOptions, "port" | "faults"> {
  /** Faults that wait from the start on. */
  readonly faults?: FaultScript;
  /** Absent or 0: a free one. */
  readonly ports?: { readonly [kind in SimulatedKind]?: number | undefined };
  /** Default: all four. */
  readonly kinds?: readonly SimulatedKind[];
}

export type Simulators = { readonly [kind in SimulatedKind]: Simulator } & { stop(): Promise<void> };

const start: { readonly [kind in SimulatedKind]: (options: SimulatorOptions) => Promise<Simulator> } = {
  shopify: startShopifySimulator,
  amazon: startAmazonSimulator,
  ebay: startEbaySimulator,
  walmart: startWalmartSimulator,
};

/** In the order in which they are started and listed. */
export const simulatedKinds: readonly SimulatedKind[] = ["shopify", "amazon", "ebay", "walmart"];

/**
 * Starts the channels. Asking the result for a kind that was not started throws.
 *
 * @throws when a port is in use; the error names kind and port, and none is left running.
 */
export async function startSimulators(options: SimulatorsOptions = {}): Promise<Simulators> {
  const { ports = {}, kinds = simulatedKinds, faults = {}, ...rest } = options;
  const attempts = await Promise.allSettled(
    kinds.map((kind) => start[kind]({ ...rest, port: ports[kind] ?? 0, faults: faults[kind] ?? [] })),
  );
  const running = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
  const stop = async () => void (await Promise.all(running.map((simulator) => simulator.stop())));

  const failed = attempts.find((attempt) => attempt.status === "rejected");
  if (failed) {
    await stop();
    throw failed.reason;
  }

  function get(kind: SimulatedKind): Simulator {
    const simulator = running.find((each) => each.kind === kind);
    if (!simulator) throw new Error(`the ${kind} simulator was not started`);
    return simulator;
  }

  return {
    get shopify() {
      return get("shopify");
    },
    get amazon() {
      return get("amazon");
    },
    get ebay() {
      return get("ebay");
    },
    get walmart() {
      return get("walmart");
    },
    stop,
  };
}
