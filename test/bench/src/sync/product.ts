import { createPool } from "@lastunit/config/postgres";
import { createLogger } from "@lastunit/config";
import { createLedgerClient, type LedgerClient } from "@lastunit/ledger/client";
import { simulatedKinds, startSimulators, type SimulatedKind, type Simulators } from "@lastunit/simulators";
import {
  connectShop,
  planDeployment,
  startTestRedis,
  until,
  type Deployment,
  type Shop,
  type TestPostgres,
} from "@lastunit/test-support";
import { Redis } from "ioredis";
import type { Pool } from "pg";

/** The whole product as a deployment runs it, each part a process, with the simulated channels. */
export interface Product {
  readonly deployment: Deployment;
  readonly ledger: LedgerClient;
  readonly store: Pool;
  readonly simulators: Simulators;
  /** Jobs that wait in a channel's push queue. @throws unless the queues are on Redis. */
  queuedPushes(channelId: string): Promise<number>;
  /** Opens an account with these SKUs for a merchant on each of the kinds, that many units in stock, all shown. */
  connect(
    merchantId: string,
    skus: readonly string[],
    options: { readonly units: number; readonly kinds?: readonly SimulatedKind[] },
  ): Promise<Shop<Simulators[SimulatedKind]>[]>;
  stop(): Promise<void>;
}

export const LOCATION = "WH1";

/** @param options.scaleLimits multiplies the simulators' rate limits; what paces us are the adapters' own, the real ones. */
export async function startProduct(options: {
  readonly postgres: TestPostgres;
  readonly queues: "redis" | "postgres";
  readonly scaleLimits: number;
  /** How long the channels take to apply what they have accepted; default: a few milliseconds. */
  readonly processingMs?: number;
}): Promise<Product> {
  const redis = options.queues === "redis" ? await startTestRedis() : undefined;
  const simulators = await startSimulators({
    seed: 1,
    scaleLimits: options.scaleLimits,
    ...(options.processingMs !== undefined && { processingMs: options.processingMs }),
  });
  const storeDatabaseUrl = await options.postgres.createDatabase();
  const deployment = await planDeployment({
    ledgerDatabaseUrl: await options.postgres.createDatabase(),
    storeDatabaseUrl,
    redisUrl: redis?.url,
    channels: simulatedKinds.map((kind) => ({ kind, url: simulators[kind].url })),
  });
  await deployment.start("ledger");
  await deployment.start("hub", "worker", "gateway");
  const ledger = createLedgerClient({ url: deployment.ledgerUrl, token: deployment.serviceToken });
  const log = createLogger({ name: "bench", level: "silent" });
  const queues = redis && new Redis(redis.url);
  const store = createPool({ connectionString: storeDatabaseUrl, name: "bench", log });

  return {
    deployment,
    ledger,
    store,
    simulators,
    async queuedPushes(channelId) {
      if (!queues) throw new Error("only on Redis is it told how many pushes wait");
      // BullMQ's own key of a queue's jobs that have a priority.
      return queues.zcard(`bull:push.${channelId}:prioritized`);
    },
    async connect(merchantId, skus, { units, kinds = simulatedKinds }) {
      await ledger.createMerchant(merchantId);
      for (let start = 0; start < skus.length; start += 1_000) {
        await ledger.append(
          merchantId,
          skus.slice(start, start + 1_000).map((sku) => received(sku, units)),
        );
      }
      const shops = [];
      for (const kind of kinds) {
        shops.push(await connectShop(deployment, simulators[kind], { merchantId, locationId: LOCATION, skus, units }));
      }
      await until(
        `${merchantId}'s channels show their stock`,
        async () => {
          const { rows } = await store.query<{ behind: number }>(
            `select count(*) filter (where shown_quantity is distinct from desired_quantity) as behind
             from sync_state join channel using (channel_id) where merchant_id = $1 having count(*) >= $2`,
            [merchantId, skus.length * kinds.length],
          );
          return rows[0]?.behind === 0;
        },
        { timeoutMs: 120_000 },
      );
      return shops;
    },
    async stop() {
      await deployment.stop();
      await store.end();
      await simulators.stop();
      queues?.disconnect();
      await redis?.stop();
    },
  };
}

export function received(sku: string, quantity: number) {
  return {
    event_id: `bench:${sku}:received`,
    event_type: "inventory.receiving" as const,
    sku,
    location_id: LOCATION,
    quantity,
    source: "bench",
    timestamp: new Date().toISOString(),
  };
}

/** One unit, or more, sold by somebody who is none of the channels. */
export function sold(sku: string, id: string, quantity = 1) {
  return { ...received(sku, quantity), event_id: `bench:${sku}:sold:${id}`, event_type: "inventory.sale" as const };
}
