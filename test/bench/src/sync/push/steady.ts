import { setTimeout as delay } from "node:timers/promises";
import { simulatedKinds, type SimulatedKind } from "@lastunit/simulators";
import type { Ground } from "../../bench.ts";
import type { Check, Ratio, Report, Row } from "../../report.ts";
import { startProduct, type Product } from "../product.ts";
import { openCatalog, waitingListings, type Catalog } from "./catalog.ts";
import { createSeller } from "./sell.ts";
import { pushCalls, quantitiesWritten, throttledCalls } from "./told.ts";
import { writeLimits } from "./write-limits.ts";

/** Of what the limit allows. */
const GOAL = 0.9;
const UNITS = 100_000;

/**
 * How much is sold where, so that listings are always behind: more than the channel takes. The catalog is smaller than
 * what goes by feed where there are feeds, and all of it is sold once at the start, which spends the burst of the two
 * slow channels.
 */
interface Rush {
  readonly skus: number;
  readonly salesPerSecond: number;
  readonly startsAtMs: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** The slow ones are measured all the time, the fast ones one after the other beside them: all share two cores. */
const usual: Readonly<Record<SimulatedKind, Rush>> = {
  amazon: { skus: 400, salesPerSecond: 8, startsAtMs: 0, warmUpMs: 5_000, windowMs: 60_000 },
  walmart: { skus: 600, salesPerSecond: 6, startsAtMs: 0, warmUpMs: 28_000, windowMs: 38_000 },
  shopify: { skus: 3_000, salesPerSecond: 1_300, startsAtMs: 0, warmUpMs: 32_000, windowMs: 18_000 },
  ebay: { skus: 3_000, salesPerSecond: 1_000, startsAtMs: 50_000, warmUpMs: 4_000, windowMs: 14_000 },
};
const quick = { skus: 200, startsAtMs: 0, warmUpMs: 1_000, windowMs: 3_000 };

/** How many listings a second reach each channel at its real limits while more change than it takes. */
export async function measureSteady({ postgres, size, progress }: Ground): Promise<Report> {
  progress("steady: opening the catalogs");
  const product = await startProduct({ postgres, queues: "redis", scaleLimits: 1 });
  try {
    const rushes = simulatedKinds.map((kind) => {
      const rush = { ...usual[kind], ...(size.isQuick && quick) };
      const skus = Array.from({ length: rush.skus }, (_, index) => `SKU-${index}`);
      return { rush, catalog: openCatalog(product, { kind, skus, units: UNITS }) };
    });
    await Promise.all(rushes.map(({ catalog }) => catalog));
    progress("steady: selling more than the channels take");
    const measured = await Promise.all(rushes.map(async ({ rush, catalog }) => measure(product, await catalog, rush)));
    return {
      rows: measured.map(({ row }) => row),
      ratios: measured.map(({ ratio }) => ratio),
      checks: measured.flatMap(({ checks, mustReach }) => [...checks, ...(size.isQuick ? [] : mustReach)]),
    };
  } finally {
    await product.stop();
  }
}

interface Measured {
  readonly row: Row;
  readonly ratio: Ratio;
  readonly checks: readonly Check[];
  /** Where a few calls a second are all the channel takes, no machine is too slow for the goal. */
  readonly mustReach: readonly Check[];
}

async function measure(product: Product, catalog: Catalog, rush: Rush): Promise<Measured> {
  const { kind } = catalog;
  await delay(rush.startsAtMs);
  const selling = new AbortController();
  const seller = createSeller(product, catalog);
  await seller.sell(catalog.skus.length);
  const sold = seller.sellOn(rush.salesPerSecond, { signal: selling.signal });
  await delay(rush.warmUpMs);
  const waitingBefore = await waitingListings(product, catalog);
  const from = Date.now();
  await delay(rush.windowMs);
  const to = Date.now();
  const waitingAfter = await waitingListings(product, catalog);
  selling.abort();
  await sold;

  const seconds = (to - from) / 1_000;
  const { callsPerSecond, listingsPerCall } = writeLimits[kind];
  const allowed = callsPerSecond * listingsPerCall;
  const listings = quantitiesWritten(catalog, from, to).length;
  const calls = pushCalls(catalog, from, to).writes.length;
  const share = listings / seconds / allowed;
  const throttled = throttledCalls(catalog);
  return {
    row: {
      channel: kind,
      what: "listings/s, while more change",
      measured: listings / seconds,
      against: allowed,
      detail:
        `${shown(calls / seconds)} of ${shown(callsPerSecond)} calls/s, ${shown(listings / calls)} listings a call, ` +
        `${throttled} throttled, ${waitingBefore} and ${waitingAfter} waiting before and after ${shown(seconds)} s`,
    },
    ratio: { name: `listings/s over what ${kind}'s limit allows`, value: share, goal: { atLeast: GOAL } },
    checks: [
      { name: `${kind} throttled no call in the rush`, ok: throttled === 0 },
      { name: `${kind} always had listings waiting`, ok: waitingBefore > 0 && waitingAfter > 0 },
    ],
    mustReach:
      allowed > 100 ? [] : [{ name: `${kind} got ${GOAL * 100} % of what its limit allows`, ok: share >= GOAL }],
  };
}

function shown(value: number): string {
  return value.toFixed(1);
}
