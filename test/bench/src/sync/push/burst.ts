import { simulatedKinds } from "@lastunit/simulators";
import { until } from "@lastunit/test-support";
import type { Ground } from "../../bench.ts";
import type { Report } from "../../report.ts";
import { startProduct, type Product } from "../product.ts";
import { openCatalog, type Catalog } from "./catalog.ts";
import { createSeller } from "./sell.ts";
import { pushCalls, throttledCalls } from "./told.ts";
import { writeLimits } from "./write-limits.ts";

const LISTINGS = 100;
const UNITS = 1_000;
/** Fast enough that each listing changes several times a second. */
const SALES_PER_SECOND = 500;

/** How many calls a flash sale on few listings costs, where one call a sale is what the plainest sync makes. */
export async function measureBurst({ postgres, size, progress }: Ground): Promise<Report> {
  const sales = size.isQuick ? 500 : 5_000;
  progress("burst: opening the catalogs");
  const product = await startProduct({ postgres, queues: "redis", scaleLimits: 1 });
  try {
    const skus = Array.from({ length: LISTINGS }, (_, index) => `SKU-${index}`);
    const catalogs = await Promise.all(
      simulatedKinds.map((kind) => openCatalog(product, { kind, skus, units: UNITS })),
    );
    progress(`burst: ${sales} sales over ${LISTINGS} listings on each channel`);
    const measured = await Promise.all(catalogs.map((catalog) => measure(product, catalog, sales)));
    return {
      rows: measured.map(({ catalog: { kind }, writes, reads, seconds }) => ({
        channel: kind,
        what: `calls a listing, ${sales} sales of ${LISTINGS}`,
        measured: (writes + reads) / LISTINGS,
        against: sales / LISTINGS,
        detail:
          `${writes} writes, ${reads} reads for them, all shown after ${seconds.toFixed(1)} s; ` +
          `one call a sale takes ${Math.round(secondsFor(kind, sales))} s by the limit`,
      })),
      ratios: measured.map(({ catalog: { kind }, writes, reads }) => ({
        name: `calls over one call a sale, ${kind}`,
        value: (writes + reads) / sales,
      })),
      checks: measured.flatMap(({ catalog: { kind }, catalog, writes, reads }) => [
        { name: `${kind} shows in the end what the ledger has`, ok: isTrue(catalog, UNITS - sales / LISTINGS) },
        { name: `${kind} needed fewer calls than there were sales`, ok: writes + reads < sales },
        { name: `${kind} throttled no call in the burst`, ok: throttledCalls(catalog) === 0 },
      ]),
    };
  } finally {
    await product.stop();
  }
}

async function measure(product: Product, catalog: Catalog, sales: number) {
  const from = Date.now();
  await createSeller(product, catalog).sellOn(SALES_PER_SECOND, { sales });
  const left = UNITS - sales / LISTINGS;
  // Generous: what does not come true is a failed check, not an error.
  await until(`${catalog.kind} shows ${left} of each`, () => isTrue(catalog, left), { timeoutMs: 60_000 }).catch(
    () => undefined,
  );
  const to = Date.now();
  const { writes, reads } = pushCalls(catalog, from, to);
  return { catalog, writes: writes.length, reads: reads.length, seconds: (to - from) / 1_000 };
}

function isTrue({ simulator, merchantId }: Catalog, units: number): boolean {
  return simulator.stock(merchantId).every(({ available }) => available === units);
}

/** By the limit alone: after the burst at the rate. */
function secondsFor(kind: Catalog["kind"], calls: number): number {
  const { burst, callsPerSecond } = writeLimits[kind];
  return Math.max(0, calls - burst) / callsPerSecond;
}
