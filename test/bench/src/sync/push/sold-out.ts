import { setTimeout as delay } from "node:timers/promises";
import { simulatedKinds } from "@lastunit/simulators";
import { until } from "@lastunit/test-support";
import type { Ground } from "../../bench.ts";
import { median, type Report } from "../../report.ts";
import { sold, startProduct, type Product } from "../product.ts";
import { openCatalog, waitingListings, type Catalog } from "./catalog.ts";
import { createSeller } from "./sell.ts";
import { pushCalls, throttledCalls, zeroWritten } from "./told.ts";
import { writeLimits } from "./write-limits.ts";

const UNITS = 1_000;
/** Apart from the next slot: from the sale to its push, as on an idle channel. */
const HOP_MS = 100;
const APART_MS = 1_300;
const LOOK_EVERY_MS = 100;
/** Life's feeds take minutes; what is in one waits for it. */
const PROCESSING_MS = 600_000;

interface SoldOut {
  /** From before the ledger was told to when the channel's call that shows 0 came in. */
  readonly ms: number;
  /** Calls that wrote other quantities meanwhile. */
  readonly callsBefore: number;
  /** Listings that waited when it sold out. */
  readonly waiting: number;
}

/**
 * How soon a listing that sold out shows 0 while thousands of others wait for the channel's limit. Those changed before,
 * and while the worker stood still; the ones that sell out had not changed.
 */
export async function measureSoldOut({ postgres, size, progress }: Ground): Promise<Report> {
  const [others, times] = size.isQuick ? [5_000, 2] : [10_000, 5];
  progress("sold out: opening the catalogs");
  const product = await startProduct({ postgres, queues: "redis", scaleLimits: 1, processingMs: PROCESSING_MS });
  try {
    const rest = Array.from({ length: others }, (_, index) => `SKU-${index}`);
    const last = Array.from({ length: times }, (_, index) => `LAST-${index}`);
    const catalogs: Catalog[] = [];
    for (const kind of simulatedKinds) {
      catalogs.push(await openCatalog(product, { kind, skus: [...rest, ...last], units: UNITS }));
    }
    progress(`sold out: having ${others} listings of each channel wait`);
    product.deployment.part("worker").pause();
    for (const { merchantId } of catalogs) await createSeller(product, { merchantId, skus: rest }).sell(others);
    for (const catalog of catalogs) {
      const enough = async () => (await product.queuedPushes(catalog.channelId)) >= others;
      await until(`${others} listings of ${catalog.kind} wait`, enough, { timeoutMs: 60_000 });
    }
    progress(`sold out: selling ${times} of each channel out`);
    product.deployment.part("worker").resume();
    const measured = await Promise.all(catalogs.map((catalog) => measure(product, catalog, last)));
    const slotMs = ({ kind }: Catalog) => 1_000 / writeLimits[kind].callsPerSecond;
    return {
      rows: measured.map(({ catalog, found }) => ({
        channel: catalog.kind,
        what: `ms from sale to 0, median of ${found.length}`,
        measured: median(found.map(({ ms }) => ms)),
        against: slotMs(catalog),
        detail:
          `${Math.max(...found.map(({ ms }) => ms))} ms at most, ${Math.max(...found.map(({ callsBefore }) => callsBefore))} ` +
          `other writes before it at most, ${Math.min(...found.map(({ waiting }) => waiting))} or more others waiting`,
      })),
      ratios: measured.map(({ catalog, found }) => ({
        name: `sale to 0 on ${catalog.kind} with others waiting, max ms`,
        value: Math.max(...found.map(({ ms }) => ms)),
        goal: { atMost: Math.round(slotMs(catalog) + HOP_MS) },
      })),
      checks: measured.flatMap(({ catalog, found }) => [
        { name: `${catalog.kind} showed 0 each time`, ok: found.length === times },
        { name: `${catalog.kind} had others waiting each time`, ok: found.every(({ waiting }) => waiting > 0) },
        { name: `${catalog.kind} throttled no call for it`, ok: throttledCalls(catalog) === 0 },
      ]),
    };
  } finally {
    await product.stop();
  }
}

async function measure(product: Product, catalog: Catalog, last: readonly string[]) {
  const found: SoldOut[] = [];
  for (const sku of last) {
    await delay(APART_MS);
    const waiting = await waitingListings(product, catalog);
    const from = Date.now();
    await product.ledger.append(catalog.merchantId, [sold(sku, "all", UNITS)]);
    const shown = async () => {
      // A look goes through the whole history; the time is the history's own.
      await delay(LOOK_EVERY_MS);
      return zeroWritten(catalog, sku);
    };
    const at = await until(`${sku} shows 0 on ${catalog.kind}`, shown, { timeoutMs: 40_000 }).catch(() => undefined);
    if (at === undefined) continue;
    found.push({ ms: at - from, callsBefore: pushCalls(catalog, from, at).writes.length, waiting });
  }
  return { catalog, found };
}
