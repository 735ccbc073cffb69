import type { SimulatedEvent } from "@lastunit/simulators";
import type { Catalog } from "./catalog.ts";
import { writeLimits } from "./write-limits.ts";

/*
 * What a simulator's own history says: the only judge of what reached a channel.
 */

type Call = Extract<SimulatedEvent, { readonly type: "call" }>;
type Written = Extract<SimulatedEvent, { readonly type: "quantity_written" }>;

export function throttledCalls({ simulator, merchantId }: Catalog): number {
  return simulator.history(merchantId).filter((one) => one.type === "call" && one.throttled).length;
}

/** Quantities that the channel took in a span of time, epoch milliseconds. */
export function quantitiesWritten({ simulator, merchantId }: Catalog, from: number, to: number): Written[] {
  return simulator
    .history(merchantId)
    .filter((one): one is Written => one.type === "quantity_written" && one.at >= from && one.at < to);
}

/** Calls that came in in that time to write quantities, or to read them for a write. */
export function pushCalls({ simulator, merchantId, kind }: Catalog, from: number, to: number) {
  const { operation, read } = writeLimits[kind];
  const calls = simulator
    .history(merchantId)
    .filter((one): one is Call => one.type === "call" && one.startedAt >= from && one.startedAt < to);
  return {
    writes: calls.filter((one) => one.operation === operation),
    reads: calls.filter((one) => one.operation === read),
  };
}

/**
 * When the channel was first told that a SKU is sold out, epoch milliseconds; undefined: not yet. Amazon applies what it
 * accepts minutes later, so there it is the patch that names the SKU: the first there is of one that had never changed.
 */
export function zeroWritten({ simulator, merchantId, kind }: Catalog, sku: string): number | undefined {
  return simulator
    .history(merchantId)
    .find((one) =>
      kind === "amazon"
        ? one.type === "call" && one.operation === writeLimits.amazon.operation && one.path.includes(`/${sku}`)
        : one.type === "quantity_written" && one.sku === sku && one.to === 0,
    )?.at;
}
