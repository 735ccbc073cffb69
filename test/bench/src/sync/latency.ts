import { setTimeout as delay } from "node:timers/promises";
import type { LedgerEvent } from "@lastunit/store";
import { until, type TestPostgres } from "@lastunit/test-support";
import type { Benchmark, Ground } from "../bench.ts";
import type { Report, Row } from "../report.ts";
import { sold, startProduct, type Product } from "./product.ts";

export const latency: Benchmark = {
  name: "latency",
  summary: "From a sale's commit in the ledger until each channel has accepted the new quantity.",
  usual: { rounds: 1, clients: [1, 4, 10], events: [300] },
  quick: { rounds: 1, clients: [1], events: [8] },
  run,
};

/** Below what the slowest channel takes of one merchant (Walmart: 200 calls a minute), so that no sale waits for a limit. */
const SALES_PER_SECOND = 2;
const SKUS = 20;
const UNITS = 100_000;
/** Of each merchant: a process's first pushes meet cold code and no connection. */
const WARM_UP_SALES = 8;

async function run({ postgres, size, progress }: Ground): Promise<Report> {
  const rows: Row[] = [];
  let [wanted, reached, throttled] = [0, 0, 0];
  for (const queues of ["redis", "postgres"] as const) {
    for (const merchants of size.clients) {
      progress(`${merchants} merchants, queues on ${queues}`);
      const found = await measure(postgres, { queues, merchants, sales: size.events[0] ?? 100 });
      wanted += found.wanted;
      reached += found.milliseconds.length;
      throttled += found.throttled;
      rows.push(rowOf({ queues, merchants }, found));
    }
  }
  return {
    rows,
    ratios: rows.map((row) => ({
      name: `p99 ms with ${row["merchants"]} merchants, queues on ${row["queues"]}`,
      value: Number(row["p99 ms"]),
      goal: { atMost: 100 },
    })),
    checks: [
      { name: "every sale reached every channel", ok: reached === wanted },
      { name: "no call was throttled", ok: throttled === 0 },
    ],
  };
}

interface Measured {
  /** One for each sale and channel. */
  readonly milliseconds: readonly number[];
  /** One for each sale: the ledger's own answer, the disk's flush and the network's way included. */
  readonly acknowledged: readonly number[];
  readonly wanted: number;
  readonly throttled: number;
}

interface Sold {
  readonly position: number;
  readonly ackMs: number;
}

async function measure(
  postgres: TestPostgres,
  { queues, merchants, sales }: { queues: "redis" | "postgres"; merchants: number; sales: number },
): Promise<Measured> {
  const product = await startProduct({ postgres, queues, scaleLimits: 1_000 });
  try {
    const skus = Array.from({ length: SKUS }, (_, index) => `SKU-${index}`);
    const names = Array.from({ length: merchants }, (_, index) => `merchant-${index}`);
    for (const name of names) await product.connect(name, skus, { units: UNITS });
    const sale = (count: number, run: string) => names.map((name) => sell(product, { name, run }, skus, count));
    await Promise.all(sale(WARM_UP_SALES, "warm-up"));
    const sellers = sale(Math.ceil(sales / merchants), "measured");
    const all = (await Promise.all(sellers)).flat();
    const positions = all.map(({ position }) => position);
    const reached = await reachedChannels(product, positions);
    return { ...reached, acknowledged: all.map(({ ackMs }) => ackMs), throttled: await throttledCalls(product) };
  } finally {
    await product.stop();
  }
}

/** Sells one unit after the other at the pace, each an event of its own. @returns what became of each. */
async function sell(
  product: Product,
  by: { readonly name: string; readonly run: string },
  skus: readonly string[],
  sales: number,
): Promise<Sold[]> {
  const sending: Promise<Sold>[] = [];
  const sellOne = async (sku: string, id: string): Promise<Sold> => {
    const startedAt = performance.now();
    const [result] = await product.ledger.append(by.name, [sold(sku, id)]);
    if (result?.position === undefined) throw new Error(`the sale ${id} of ${sku} was not recorded`);
    return { position: result.position, ackMs: performance.now() - startedAt };
  };
  for (let sale = 0; sale < sales; sale += 1) {
    const sku = skus[sale % skus.length] ?? "";
    sending.push(sellOne(sku, `${by.run}:${sale}`));
    // Not evenly: buyers come as they like.
    await delay((-Math.log(1 - Math.random()) * 1_000) / SALES_PER_SECOND);
  }
  return Promise.all(sending);
}

/** For each sale and channel: from its commit to the answer of the first accepted push that is based on it or a later one. */
async function reachedChannels(product: Product, positions: readonly number[]) {
  const last = Math.max(...positions);
  await until("the hub has followed", async () => {
    const { rows } = await product.store.query<{ position: number }>(
      "select position from checkpoint where name = 'hub'",
    );
    return (rows[0]?.position ?? 0) >= last;
  });
  const isSold = new Set(positions);
  const sales: LedgerEvent[] = [];
  for (let after = Math.min(...positions) - 1; after < last;) {
    const page = await product.ledger.events(after, { limit: 1_000 });
    sales.push(...page.events.filter((event) => isSold.has(event.position)));
    after = page.next;
  }
  const find = () =>
    product.store.query<{ milliseconds: number | null }>(
      `select extract(epoch from min(p.answered_at) - sale.recorded_at)::float8 * 1000 as milliseconds
       from jsonb_to_recordset($1) as sale(position bigint, merchant_id text, sku text, recorded_at timestamptz)
       join listing l using (merchant_id, sku)
       left join push p on p.listing_id = l.listing_id and p.position >= sale.position and p.outcome = 'accepted'
       group by sale.position, sale.recorded_at, l.listing_id`,
      [JSON.stringify(sales)],
    );
  const { rows } = await until("every sale reached every channel", async () => {
    const found = await find();
    return found.rows.every((row) => row.milliseconds !== null) ? found : undefined;
  });
  return { milliseconds: rows.flatMap((row) => row.milliseconds ?? []), wanted: positions.length * 4 };
}

async function throttledCalls({ simulators }: Product): Promise<number> {
  return [simulators.shopify, simulators.amazon, simulators.ebay, simulators.walmart]
    .flatMap((simulator) => simulator.history())
    .filter((one) => one.type === "call" && one.throttled).length;
}

function rowOf(of: { readonly queues: string; readonly merchants: number }, measured: Measured): Row {
  const pushed = percentiles(measured.milliseconds);
  const acknowledged = percentiles(measured.acknowledged);
  return {
    queues: of.queues,
    merchants: of.merchants,
    "sales/s": of.merchants * SALES_PER_SECOND,
    pushes: measured.milliseconds.length,
    "p50 ms": pushed(0.5),
    "p90 ms": pushed(0.9),
    "p99 ms": pushed(0.99),
    "max ms": pushed(1),
    "ledger p50 ms": acknowledged(0.5),
    "ledger p99 ms": acknowledged(0.99),
  };
}

function percentiles(milliseconds: readonly number[]): (share: number) => number {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  return (share) => sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)] ?? Number.NaN;
}
