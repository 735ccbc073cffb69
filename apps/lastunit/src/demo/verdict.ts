import type { LedgerEvent } from "@lastunit/ledger/client";
import { wrongBalances } from "./books.ts";
import type { Account } from "./connect.ts";
import type { SaleCount } from "./sale.ts";
import { scenario, type StockedSku } from "./scenario.ts";
import type { Convergence } from "./settle.ts";
import type { World } from "./world.ts";

/** What the demo's JSON line says; `ok` is false when any promise was broken. */
export interface Verdict {
  readonly ok: boolean;
  readonly seconds: number;
  readonly skus: number;
  readonly units: number;
  readonly checkouts: { readonly attempted: number; readonly held: number; readonly refused: number };
  readonly channel_orders: number;
  readonly events: number;
  readonly duplicates_ignored: number;
  /** Reservations granted although the units were not there. */
  readonly oversold_by_reserve: number;
  /** Sales on channels that the ledger recorded below zero: two channels sold the last unit at the same moment. */
  readonly oversell_cases: number;
  readonly audit_mismatches: number;
  readonly channels: { readonly [kind: string]: ChannelVerdict };
  /** What went wrong, one sentence each. */
  readonly broken: readonly string[];
}

export interface ChannelVerdict {
  /** Calls the channel received, inventory writes among them, and listings those writes changed. */
  readonly calls: number;
  readonly writes: number;
  readonly listings: number;
  readonly in_sync: number;
  /** Ledger commit to the call's acceptance, milliseconds; null when nothing was pushed. */
  readonly p50_ms: number | null;
  readonly p99_ms: number | null;
  readonly throttled: number;
}

/** Judges the sale by what buyers, channels and the ledger's log say; never by the hub's own tables. */
export async function judge(options: {
  readonly world: World;
  readonly accounts: readonly Account[];
  readonly stock: readonly StockedSku[];
  readonly count: SaleCount;
  readonly convergence: Convergence;
  readonly seconds: number;
}): Promise<Verdict> {
  const { world, accounts, stock, count, convergence } = options;
  const log = await readLog(world);
  const audit = await world.ledger.audit();
  const isCheckout = (event: LedgerEvent) => event.event_type === "inventory.reserve" && event.source === "checkout";
  const oversoldByReserve = log.filter((event) => isCheckout(event) && event.available < 0).length;
  const wrong = await wrongBalances(world, accounts, stock, count);
  const broken = [
    ...wrong,
    ...(oversoldByReserve > 0 ? [`Reservations granted without the units: ${oversoldByReserve}.`] : []),
    ...(audit.mismatches.length > 0 ? [`Mismatches that the audit found: ${audit.mismatches.length}.`] : []),
    ...(convergence.inSync < convergence.listings
      ? [`Listings that do not show what is available: ${convergence.listings - convergence.inSync}.`]
      : []),
  ];
  return {
    ok: broken.length === 0,
    seconds: Math.round(options.seconds * 10) / 10,
    skus: stock.length,
    units: stock.reduce((sum, one) => sum + one.units, 0),
    checkouts: { attempted: count.attempted, held: count.held, refused: count.refused },
    channel_orders: count.channelOrders,
    events: log.length,
    duplicates_ignored: await redeliveries(world),
    oversold_by_reserve: oversoldByReserve,
    oversell_cases: log.filter((event) => event.event_type === "inventory.sale" && event.available < 0).length,
    audit_mismatches: audit.mismatches.length,
    channels: await judgeChannels(world, accounts, count, convergence),
    broken,
  };
}

async function judgeChannels(
  world: World,
  accounts: readonly Account[],
  count: SaleCount,
  convergence: Convergence,
): Promise<Record<string, ChannelVerdict>> {
  const latencies = await readLatencies(world, count.startedAt);
  const verdicts: Record<string, ChannelVerdict> = {};
  for (const kind of scenario.kinds) {
    const own = accounts.filter((account) => account.kind === kind);
    const history = (await Promise.all(own.map(({ account }) => world.simulators[kind].history(account)))).flat();
    const counted = convergence.byKind.get(kind);
    const sorted = own.flatMap(({ channelId }) => latencies.get(channelId) ?? []).sort((a, b) => a - b);
    verdicts[kind] = {
      calls: history.filter((event) => event.type === "call").length,
      writes: history.filter((event) => event.type === "quantity_written").length,
      listings: counted?.listings ?? 0,
      in_sync: counted?.inSync ?? 0,
      p50_ms: quantile(sorted, 0.5),
      p99_ms: quantile(sorted, 0.99),
      throttled: history.filter((event) => event.type === "call" && event.throttled).length,
    };
  }
  return verdicts;
}

/** Ledger commit to accepted, by channel, of every push of the sale. */
async function readLatencies(world: World, since: Date): Promise<Map<string, number[]>> {
  const found = await world.ground.store.query<{ channel_id: string; ms: number }>(
    `select channel_id, extract(epoch from answered_at - recorded_at)::float8 * 1000 as ms
     from push where outcome = 'accepted' and recorded_at >= $1`,
    [since],
  );
  return new Map(
    [...Map.groupBy(found.rows, (row) => row.channel_id)].map(([id, rows]) => [id, rows.map((row) => row.ms)]),
  );
}

async function redeliveries(world: World): Promise<number> {
  const found = await world.ground.store.query<{ n: number }>(
    "select coalesce(sum(redeliveries), 0)::int as n from inbox",
  );
  return found.rows[0]?.n ?? 0;
}

async function readLog(world: World): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  for (let after = 0; ;) {
    const page = await world.ledger.events(after, { limit: 5_000 });
    if (page.events.length === 0) return events;
    events.push(...page.events);
    after = page.next;
  }
}

function quantile(sorted: readonly number[], q: number): number | null {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
  return value === undefined ? null : Math.round(value * 10) / 10;
}
