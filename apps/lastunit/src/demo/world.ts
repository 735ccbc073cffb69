import fs from "node:fs";
import path from "node:path";
import { createLogger, readEnvironment, type Logger } from "@lastunit/config";
import { startEmbeddedPostgres } from "@lastunit/config/postgres";
import { createLedgerClient, type LedgerClient } from "@lastunit/ledger/client";
import { lockDataFolder, makeDataFolder } from "../start/data-folder.ts";
import type { Ground } from "../start/parts.ts";
import { start, type Running } from "../start/start.ts";
import { startChannels, type Channels } from "./channels.ts";
import { scenario, type StockedSku } from "./scenario.ts";

/** Everything the demo runs on. */
export interface World {
  readonly running: Running;
  readonly ground: Ground;
  readonly simulators: Channels["simulators"];
  readonly ledgerUrl: string;
  readonly gatewayUrl: string;
  /** The service token. */
  readonly operatorToken: string;
  /** The ledger as its operator. */
  readonly ledger: LedgerClient;
  /** The ledger as each merchant's own programs reach it. */
  readonly merchants: ReadonlyMap<string, LedgerClient>;
  stop(): Promise<void>;
}

/**
 * Starts four simulated channels and the whole product in this process, on a fresh data folder of the demo's own
 * (`<DATA_DIR>/demo`), and gives every merchant a token.
 */
export async function openWorld(seed: number): Promise<World> {
  const environment = readEnvironment(process.env, "all");
  const LOG_LEVEL = process.env["LOG_LEVEL"] ? environment.LOG_LEVEL : "warn";
  const DATA_DIR = await freshFolder(environment.DATA_DIR, createLogger({ name: "demo", level: LOG_LEVEL }));
  const channels = await startChannels({
    ports: environment.SIMULATOR_PORTS,
    scaleLimits: scenario.scaleLimits,
    seed,
  });
  try {
    const { simulators } = channels;
    const running = await start("all", {
      ...environment,
      DATA_DIR,
      LOG_LEVEL,
      // The demo's data is made up: it never goes into databases that were set up for something else.
      LEDGER_DATABASE_URL: undefined,
      STORE_DATABASE_URL: undefined,
      // A proxy named by CHANNEL_ENDPOINTS stands between the clients and our simulators.
      CHANNEL_ENDPOINTS: { ...endpointsOf(simulators), ...environment.CHANNEL_ENDPOINTS },
    });
    const { ground, urls } = running;
    const { ledger: ledgerUrl, gateway: gatewayUrl } = urls;
    if (!ground || ledgerUrl === undefined || gatewayUrl === undefined) throw new Error("not everything was started");
    const operatorToken = running.setting.secrets.serviceToken;
    const ledger = createLedgerClient({ url: ledgerUrl, token: operatorToken });
    const merchants = new Map<string, LedgerClient>();
    for (const merchantId of scenario.merchants) {
      await ledger.createMerchant(merchantId);
      const token = await ledger.createToken(merchantId, "demo");
      merchants.set(merchantId, createLedgerClient({ url: ledgerUrl, token }));
    }
    return {
      running,
      ground,
      simulators,
      ledgerUrl,
      gatewayUrl,
      operatorToken,
      ledger,
      merchants,
      async stop() {
        await running.stop();
        await channels.stop();
      },
    };
  } catch (error) {
    await channels.stop();
    throw error;
  }
}

/** Books the units in; the channels still show what the last cron job left there. */
export async function receiveStock(world: World, stock: readonly StockedSku[]): Promise<void> {
  const byMerchant = Map.groupBy(stock, (one) => one.merchantId);
  for (const [merchantId, skus] of byMerchant) {
    await world.merchants.get(merchantId)?.append(
      merchantId,
      skus.map(({ sku, units }) => ({
        event_id: `demo:received:${sku}`,
        event_type: "inventory.receiving",
        sku,
        location_id: scenario.locationId,
        quantity: units,
        source: "demo",
        timestamp: new Date().toISOString(),
      })),
    );
  }
}

function endpointsOf({ shopify, amazon, ebay, walmart }: Channels["simulators"]) {
  return {
    shopify: new URL(shopify.url),
    amazon: new URL(amazon.url),
    ebay: new URL(ebay.url),
    walmart: new URL(walmart.url),
  };
}

/** The demo's own folder, emptied of the last demo, whose PostgreSQL may have been left running when it was killed. */
async function freshFolder(dataDir: string, log: Logger): Promise<string> {
  const folder = path.join(dataDir, "demo");
  makeDataFolder(folder);
  const unlock = lockDataFolder(folder);
  try {
    if (fs.existsSync(path.join(folder, "postgres", "postmaster.pid"))) {
      const left = await startEmbeddedPostgres({ dataDir: folder, log });
      await left.stop();
    }
    for (const entry of fs.readdirSync(folder)) {
      if (!entry.startsWith("instance.lock")) fs.rmSync(path.join(folder, entry), { recursive: true, force: true });
    }
  } finally {
    unlock();
  }
  return folder;
}
