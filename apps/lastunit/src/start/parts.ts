import { createHmac } from "node:crypto";
import { adapters } from "@lastunit/adapters";
import { createOutbound } from "@lastunit/adapter-contract";
import type { Environment, Logger, Vault } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import { consoleDirectory } from "@lastunit/console";
import { startGateway } from "@lastunit/gateway";
import { startHub } from "@lastunit/hub";
import { startLedger } from "@lastunit/ledger";
import { createLedgerClient, type LedgerClient } from "@lastunit/ledger/client";
import { createQueues, type Queues } from "@lastunit/queues";
import { migrateStore } from "@lastunit/store";
import { startWorker } from "@lastunit/worker";
import type pg from "pg";
import { reaching } from "./failure.ts";
import type { Secrets } from "./secrets.ts";
import type { Shutdown } from "./shutdown.ts";

/** What starting a part needs; what it starts is added to `shutdown`. */
export interface Setting {
  readonly environment: Environment;
  readonly secrets: Secrets;
  readonly log: Logger;
  readonly shutdown: Shutdown;
}

/** Starts the ledger service and returns its address. */
export async function runLedger(setting: Setting, databaseUrl: string): Promise<string> {
  const { environment, secrets, log, shutdown } = setting;
  const ledger = await reaching("LEDGER_DATABASE_URL", () =>
    startLedger({
      databaseUrl,
      host: environment.HOST,
      port: environment.LEDGER_PORT,
      serviceToken: secrets.serviceToken,
      bootstrap: environment.LEDGER_BOOTSTRAP_TOKEN,
      log: log.child({ part: "ledger" }),
    }),
  );
  shutdown.add("ledger", () => ledger.stop());
  return ledger.url;
}

/** What hub, worker and gateway share. */
export interface Ground {
  readonly store: pg.Pool;
  readonly queues: Queues;
  readonly ledger: LedgerClient;
}

export async function layGround(setting: Setting, urls: { ledger: string; store: string }): Promise<Ground> {
  const { environment, secrets, log, shutdown } = setting;
  await reaching("STORE_DATABASE_URL", () => migrateStore(urls.store, log));
  const store = createPool({ connectionString: urls.store, name: "lastunit-store", max: 20, log });
  shutdown.add("store", () => store.end());
  const { REDIS_URL: redisUrl } = environment;
  const openQueues = () => createQueues({ redisUrl, databaseUrl: urls.store, log });
  const queues = await reaching(redisUrl === undefined ? "STORE_DATABASE_URL" : "REDIS_URL", openQueues);
  shutdown.add("queues", () => queues.close());
  const ledger = createLedgerClient({ url: urls.ledger, token: secrets.serviceToken });
  return { store, queues, ledger };
}

export async function runHub({ log, shutdown }: Setting, ground: Ground): Promise<void> {
  const hub = await startHub({ ...ground, log: log.child({ part: "hub" }) });
  shutdown.add("hub", () => hub.stop());
}

export async function runWorker(setting: Setting, ground: Ground, vault: Vault): Promise<void> {
  const log = setting.log.child({ part: "worker" });
  const worker = await startWorker({ ...ground, vault, outbound: outboundOf(setting), log });
  setting.shutdown.add("worker", () => worker.stop());
}

/** Starts the gateway and returns its address. */
export async function runGateway(setting: Setting, ground: Ground, vault: Vault): Promise<string> {
  const { environment, secrets, shutdown } = setting;
  const log = setting.log.child({ part: "gateway" });
  const gateway = await startGateway({
    ...ground,
    vault,
    outbound: outboundOf(setting),
    adapters,
    consoleDirectory,
    host: environment.HOST,
    port: environment.PORT,
    publicUrl: environment.PUBLIC_URL?.replace(/\/$/, ""),
    // Derived, so that every gateway of a deployment signs alike and changing the keys logs everyone out.
    sessionSecret: createHmac("sha256", secrets.keys).update("session cookies").digest("hex"),
    log,
  });
  shutdown.add("gateway", () => gateway.stop());
  return gateway.url;
}

/** How channels are called. */
function outboundOf({ environment, log }: Setting) {
  return createOutbound({ endpoints: environment.CHANNEL_ENDPOINTS, log });
}
