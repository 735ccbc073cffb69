import { setTimeout as delay } from "node:timers/promises";
import { LedgerError, type NewReservation } from "@lastunit/ledger/client";
import type { Account } from "./connect.ts";
import type { Random } from "./random.ts";
import { scenario, type StockedSku } from "./scenario.ts";
import type { World } from "./world.ts";

/** What has happened in the sale so far; counted by those who buy, not by us. */
export interface SaleCount {
  /** When the rush began. */
  startedAt: Date;
  attempted: number;
  held: number;
  refused: number;
  channelOrders: number;
  channelRefused: number;
  /** Units sold by committed checkouts, by merchant and SKU. */
  readonly soldByCheckout: Map<string, number>;
  /** Reservations of buyers who neither paid nor left; they end by expiring. */
  readonly forgotten: { readonly merchantId: string; readonly request: NewReservation }[];
}

export const keyOf = (merchantId: string, sku: string) => JSON.stringify([merchantId, sku]);

export function emptyCount(): SaleCount {
  return {
    startedAt: new Date(),
    attempted: 0,
    held: 0,
    refused: 0,
    channelOrders: 0,
    channelRefused: 0,
    soldByCheckout: new Map(),
    forgotten: [],
  };
}

/** Checkouts and channel buyers race for the same units. */
export async function runSale(options: {
  readonly world: World;
  readonly accounts: readonly Account[];
  readonly stock: readonly StockedSku[];
  readonly random: Random;
  readonly count: SaleCount;
  readonly signal: AbortSignal;
}): Promise<void> {
  options.count.startedAt = new Date();
  const until = Date.now() + scenario.saleMs;
  const perClient = Math.ceil(scenario.checkouts / scenario.checkoutClients);
  const clients = Array.from({ length: scenario.checkoutClients }, async (_, client) => {
    for (let n = 0; n < perClient && !options.signal.aborted; n += 1) {
      await checkout(options, `${client}-${n}`);
      await spread(until, perClient - n, options);
    }
  });
  const perAccount = Math.ceil(scenario.channelBuyers / options.accounts.length);
  const buyers = options.accounts.map(async (account) => {
    for (let n = 0; n < perAccount && !options.signal.aborted; n += 1) {
      await buyOnChannel(options, account);
      await spread(until, perAccount - n, options);
    }
  });
  await Promise.all([...clients, ...buyers]);
}

interface Sale {
  readonly world: World;
  readonly stock: readonly StockedSku[];
  readonly random: Random;
  readonly count: SaleCount;
  readonly signal: AbortSignal;
}

/** One checkout: reserves one to three units of one or two SKUs; most pay, some leave, some are forgotten. */
async function checkout({ world, stock, random, count }: Sale, name: string): Promise<void> {
  const { merchantId } = random.pick(stock);
  const own = stock.filter((one) => one.merchantId === merchantId);
  const ledger = world.merchants.get(merchantId);
  if (!ledger) throw new Error(`no merchant ${merchantId}`);
  const first = random.pick(own);
  const second = random.pick(own);
  const items = random.happens(0.3) && second !== first ? [first, second] : [first];
  const lines = items.map(({ sku }) => ({ sku, location_id: scenario.locationId, quantity: random.between(1, 2) }));
  const isForgotten = random.happens(0.05);
  count.attempted += 1;
  const request = {
    reservation_id: `checkout-${name}`,
    lines,
    ttl_seconds: isForgotten ? scenario.abandonedTtlSeconds : 120,
  };
  try {
    await ledger.reserve(merchantId, request);
  } catch (error) {
    if (!(error instanceof LedgerError && error.code === "insufficient_stock")) throw error;
    count.refused += 1;
    return;
  }
  count.held += 1;
  if (isForgotten) {
    count.forgotten.push({ merchantId, request });
    return;
  }
  if (random.happens(0.1)) {
    await ledger.release(merchantId, `checkout-${name}`);
    return;
  }
  await ledger.commit(merchantId, `checkout-${name}`, `web-${name}`);
  for (const { sku, quantity } of lines) {
    const key = keyOf(merchantId, sku);
    count.soldByCheckout.set(key, (count.soldByCheckout.get(key) ?? 0) + quantity);
  }
}

/** One buyer on a channel. The channel's notification comes once, twice, late or never. */
async function buyOnChannel(
  { world, stock, random, count }: Sale,
  { kind, account, merchantId }: Account,
): Promise<void> {
  const { sku } = random.pick(stock.filter((one) => one.merchantId === merchantId));
  const simulator = world.simulators[kind];
  const isPending = kind === "amazon" && random.happens(0.3);
  const notify = { copies: copiesOf(random), delayMs: random.happens(0.3) ? random.between(50, 1_500) : 0 };
  const answer = await simulator.placeOrder({ account, lines: [{ sku, quantity: 1 }], notify, pending: isPending });
  if ("refused" in answer) {
    count.channelRefused += 1;
    return;
  }
  count.channelOrders += 1;
  if (isPending && random.happens(0.7)) {
    await simulator.settleOrder(account, answer.orderId, { copies: copiesOf(random) });
  } else if (random.happens(0.1)) {
    await simulator.cancelOrder(account, answer.orderId, { copies: copiesOf(random), delayMs: random.between(0, 500) });
  }
}

function copiesOf(random: Random): number {
  if (random.happens(0.05)) return 0;
  return random.happens(0.15) ? 2 : 1;
}

/** Spreads what is left evenly, with jitter, over the time that is left. */
async function spread(until: number, left: number, { random, signal }: Sale): Promise<void> {
  const pause = Math.max(0, ((until - Date.now()) / left) * (0.5 + random.next()));
  await delay(pause, undefined, { signal }).catch(() => undefined);
}
