import { randomUUID } from "node:crypto";
import { createLedgerClient, type LedgerClient, type LedgerEvent } from "@lastunit/ledger/client";
import {
  startSimulators,
  type BuyerOrder,
  type NotifyPlan,
  type SimulatedKind,
  type Simulator,
} from "@lastunit/simulators";
import {
  connectShop,
  converged,
  planDeployment,
  startTestPostgres,
  type Deployment,
  type Shop,
} from "@lastunit/test-support";

export const LOCATION = "WH-EAST-001";
/** The documented limits are another test's subject. */
const SCALE_LIMITS = 20;

/** The whole product in one process, jobs in PostgreSQL, and the four channels. */
export interface Marketplace {
  readonly deployment: Deployment;
  readonly storeDatabaseUrl: string;
  readonly ledger: LedgerClient;
  /** Books a merchant's units in and connects an account on every channel; ends when each shows them. */
  open(merchantId: string, units: { readonly [sku: string]: number }): Promise<Merchant>;
  stop(): Promise<void>;
}

/** A merchant with an account on every channel. */
export interface Merchant {
  readonly merchantId: string;
  readonly shops: { readonly [kind in SimulatedKind]: Shop<Simulator> };
  /** Waits until the ledger and all four channels show exactly these. */
  shows(units: { readonly [sku: string]: number }): Promise<void>;
  /** The ledger's events of a SKU, oldest first. */
  events(sku: string): Promise<LedgerEvent[]>;
  record(type: "inventory.sale" | "inventory.receiving", sku: string, quantity: number): Promise<void>;
}

export async function openMarketplace(): Promise<Marketplace> {
  const [postgres, simulators] = await Promise.all([
    startTestPostgres(),
    startSimulators({ scaleLimits: SCALE_LIMITS, seed: 23 }),
  ]);
  const { shopify, amazon, ebay, walmart } = simulators;
  const storeDatabaseUrl = await postgres.createDatabase();
  const deployment = await planDeployment({
    ledgerDatabaseUrl: await postgres.createDatabase(),
    storeDatabaseUrl,
    channels: [shopify, amazon, ebay, walmart],
  });
  const ledger = createLedgerClient({ url: deployment.ledgerUrl, token: deployment.serviceToken });
  async function stop(): Promise<void> {
    await deployment.stop();
    await simulators.stop();
    await postgres.stop();
  }

  async function open(merchantId: string, units: { readonly [sku: string]: number }): Promise<Merchant> {
    const connect = (simulator: Simulator) =>
      connectShop(deployment, simulator, { merchantId, locationId: LOCATION, skus: Object.keys(units) });
    const record: Merchant["record"] = async (type, sku, quantity) => {
      await ledger.append(merchantId, [movement(type, sku, quantity)]);
    };
    await ledger.createMerchant(merchantId);
    for (const [sku, quantity] of Object.entries(units)) await record("inventory.receiving", sku, quantity);
    const shops = {
      shopify: await connect(shopify),
      amazon: await connect(amazon),
      ebay: await connect(ebay),
      walmart: await connect(walmart),
    };
    const merchant: Merchant = {
      merchantId,
      shops,
      record,
      shows: (wanted) => converged(deployment, ledger, Object.values(shops), wanted),
      async events(sku) {
        const { events } = await ledger.events(0, { limit: 5_000 });
        return events.filter((event) => event.merchant_id === merchantId && event.sku === sku);
      },
    };
    await merchant.shows(units);
    return merchant;
  }

  try {
    await deployment.start("all");
  } catch (error) {
    await stop();
    throw error;
  }
  return { deployment, storeDatabaseUrl, ledger, open, stop };
}

function movement(type: "inventory.sale" | "inventory.receiving", sku: string, quantity: number) {
  const event_id = `till:${randomUUID()}`;
  const timestamp = new Date().toISOString();
  return { event_id, event_type: type, sku, location_id: LOCATION, quantity, source: "till", timestamp };
}

/** A buyer buys units of one SKU, or of several in one order. */
export async function buy(
  { simulator, account }: Shop<Simulator>,
  lines: BuyerOrder["lines"],
  options: { readonly notify?: NotifyPlan; readonly pending?: boolean } = {},
): Promise<string> {
  const answer = await simulator.placeOrder({ account, lines, ...options });
  if ("refused" in answer) throw new Error(`${simulator.kind} has sold out`);
  return answer.orderId;
}

/** What an operator does on the queues' board: runs the channel's poll schedule at once. */
export async function pollAsOperator(deployment: Deployment, shop: Shop): Promise<void> {
  const schedule = `/ops/queues/api/queues/poll/job-schedulers/${shop.channelId}/run`;
  // The hub makes a new channel's schedule within ten seconds.
  await deployment.until(`the poll of ${shop.simulator.kind} was started`, async () => {
    await deployment.gateway("PUT", schedule);
    return true;
  });
}
