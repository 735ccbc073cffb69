import { randomUUID } from "node:crypto";
import { createLogger } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import { createLedgerClient, type LedgerClient, type LedgerEvent } from "@lastunit/ledger/client";
import { startSimulators, type NotifyPlan, type Simulator, type Simulators } from "@lastunit/simulators";
import {
  connectShop,
  converged,
  planDeployment,
  startTestPostgres,
  startTestRedis,
  type Deployment,
  type Shop,
  type TestPostgres,
  type TestRedis,
} from "@lastunit/test-support";

const MERCHANT = "acme";
const LOCATION = "WH-EAST-001";
const RECEIVED = 60;
/** The documented limits are another test's subject; here they would only make the nights longer. */
const SCALE_LIMITS = 20;

/**
 * A push whose worker was killed, or whose outcome could not be kept, holds its listing for 35 seconds: only then can its
 * call no longer take effect.
 */
const CONVERGED_MS = 120_000;

/** How channels name what they tell at the gateway's door of a new order. Amazon tells through its own queue. */
const ORDER_TOPICS = ["orders/create", "ORDER_CONFIRMATION", "ORDER_UPDATES"];

/** A merchant with an account on each channel, the product running as separate processes, and what can befall them. */
export interface Night {
  readonly deployment: Deployment;
  readonly postgres: TestPostgres;
  /** Undefined where the jobs are kept in PostgreSQL. */
  readonly redis: TestRedis | undefined;
  /** The hub's database, to see how far the product is; never to judge it. */
  readonly store: ReturnType<typeof createPool>;
  readonly ledger: LedgerClient;
  readonly shops: readonly Shop<Simulator>[];
  shop(kind: Simulator["kind"]): Shop<Simulator>;
  /** A sale at the till, told to the ledger. Resolves when it is acknowledged. */
  sellAtTill(sku: string): Promise<void>;
  /** A buyer buys a unit on a channel. Resolves when the channel has sold it. */
  buy(shop: Shop<Simulator>, sku: string, notify?: NotifyPlan): Promise<void>;
  /** A checkout in the merchant's own shop; each call is repeated, with the same ids, until it is answered. */
  checkout(id: string, sku: string): Promise<void>;
  /** How many notifications of new orders the gateway has taken, by the word of the channels. */
  ordersTaken(): number;
  /** Every channel sends every notification again, once the gateway takes calls. */
  redeliver(times: number): Promise<{ readonly sent: number; readonly failed: number }>;
  /** Has the worker take its daily look at every channel. Resolves when it has. */
  lookAfter(): Promise<void>;
  /** Waits until the ledger and every channel show what buyers and tills have left. */
  converged(): Promise<void>;
  /** The ledger's whole log. */
  log(): Promise<LedgerEvent[]>;
  stop(): Promise<void>;
}

/** Opens the shops; every SKU has some stock, and every channel shows it. */
export async function startNight(backend: "redis" | "postgres", skus: readonly string[]): Promise<Night> {
  const [postgres, redis, simulators] = await Promise.all([
    startTestPostgres(),
    backend === "redis" ? startTestRedis() : undefined,
    startSimulators({ scaleLimits: SCALE_LIMITS, seed: 11 }),
  ]);
  const channels = [simulators.shopify, simulators.amazon, simulators.ebay, simulators.walmart];
  const storeDatabaseUrl = await postgres.createDatabase();
  const deployment = await planDeployment({
    ledgerDatabaseUrl: await postgres.createDatabase(),
    storeDatabaseUrl,
    redisUrl: redis?.url,
    channels,
  });
  const log = createLogger({ name: "test", level: "silent" });
  const store = createPool({ connectionString: storeDatabaseUrl, name: "test", log });
  async function stop(): Promise<void> {
    await deployment.stop();
    await simulators.stop();
    await store.end();
    await Promise.all([postgres.stop(), redis?.stop()]);
  }
  try {
    await deployment.start("ledger", "hub", "worker", "gateway");
    const ledger = createLedgerClient({ url: deployment.ledgerUrl, token: deployment.serviceToken });
    const { units, shops } = await openShops(deployment, ledger, simulators, skus);
    const night = {
      deployment,
      postgres,
      redis,
      store,
      ledger,
      shops,
      stop,
      lookAfter: () => lookAfter(deployment, store),
      ...events({ deployment, ledger, shops, units }),
    };
    await night.converged();
    return night;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function lookAfter(deployment: Deployment, store: Night["store"]): Promise<void> {
  await store.query("update channel set looked_at = now() - interval '2 days'");
  await deployment.until("every channel was looked after", async () => {
    const { rows } = await store.query("select from channel where looked_at < now() - interval '1 hour'");
    return rows.length === 0;
  });
}

async function openShops(
  deployment: Deployment,
  ledger: LedgerClient,
  simulators: Simulators,
  skus: readonly string[],
) {
  await ledger.createMerchant(MERCHANT);
  await ledger.append(
    MERCHANT,
    skus.map((sku) => movement("inventory.receiving", sku, RECEIVED)),
  );
  const merchant = { merchantId: MERCHANT, locationId: LOCATION, skus };
  const { shopify, amazon, ebay, walmart } = simulators;
  const shops = await Promise.all(
    [shopify, amazon, ebay, walmart].map((simulator) => connectShop(deployment, simulator, merchant)),
  );
  return { shops, units: Object.fromEntries(skus.map((sku) => [sku, RECEIVED])) };
}

/** @param shop.units what is left by SKU, as those count who buy. */
function events(shop: {
  readonly deployment: Deployment;
  readonly ledger: LedgerClient;
  readonly shops: readonly Shop<Simulator>[];
  readonly units: Record<string, number>;
}) {
  const { deployment, ledger, shops, units } = shop;
  const sold = (sku: string) => {
    units[sku] = (units[sku] ?? 0) - 1;
  };
  /** Repeats a call until the ledger answers, as a shop does that must know. */
  const insist = (what: string, call: () => Promise<unknown>) => deployment.until(`${what} is answered`, call);

  return {
    shop(kind: Simulator["kind"]) {
      const found = shops.find(({ simulator }) => simulator.kind === kind);
      if (!found) throw new Error(`no shop on ${kind}`);
      return found;
    },
    async sellAtTill(sku: string) {
      await ledger.append(MERCHANT, [movement("inventory.sale", sku, 1)]);
      sold(sku);
    },
    async buy({ simulator, account }: Shop<Simulator>, sku: string, notify: NotifyPlan = {}) {
      const answer = await simulator.placeOrder({ account, lines: [{ sku, quantity: 1 }], notify });
      if ("refused" in answer) throw new Error(`${simulator.kind} has sold out of ${sku}`);
      sold(sku);
    },
    async checkout(id: string, sku: string) {
      const lines = [{ sku, location_id: LOCATION, quantity: 1 }];
      const request = { reservation_id: id, lines, ttl_seconds: 600 };
      await insist(`reservation ${id}`, () => ledger.reserve(MERCHANT, request));
      await insist(`commit of ${id}`, () => ledger.commit(MERCHANT, id, `web-${id}`));
      sold(sku);
    },
    ordersTaken() {
      const told = shops.flatMap(({ simulator, account }) => simulator.history(account));
      return told.filter((one) => one.type === "notified" && one.status === 200 && ORDER_TOPICS.includes(one.topic))
        .length;
    },
    async redeliver(times: number) {
      // A channel goes on telling for hours; the simulators give up after two seconds.
      await deployment.until("the gateway is ready", async () => {
        return (await fetch(`${deployment.gatewayUrl}/health/ready`)).ok;
      });
      const all = await Promise.all(shops.map(({ simulator, account }) => simulator.redeliver(account, times)));
      return {
        sent: all.reduce((sum, one) => sum + one.sent, 0),
        failed: all.reduce((sum, one) => sum + one.failed, 0),
      };
    },
    converged: () => converged(deployment, ledger, shops, units, { timeoutMs: CONVERGED_MS }),
    async log() {
      const found: LedgerEvent[] = [];
      for (let after = 0; ;) {
        const page = await ledger.events(after, { limit: 5_000 });
        if (page.events.length === 0) return found;
        found.push(...page.events);
        after = page.next;
      }
    },
  } satisfies Partial<Night>;
}

function movement(type: "inventory.sale" | "inventory.receiving", sku: string, quantity: number) {
  return {
    event_id: `till:${randomUUID()}`,
    event_type: type,
    sku,
    location_id: LOCATION,
    quantity,
    source: "till",
    timestamp: new Date().toISOString(),
  };
}
