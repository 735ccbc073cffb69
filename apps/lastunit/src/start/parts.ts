import { createHmac } from "node:crypto";
import type { Environment, Logger, Vault } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import { createLedgerClient, type LedgerClient } from "@lastunit/ledger/client";
import type { Queues } from "@lastunit/queues";
import type pg from "pg";
import { reaching } from "./failure.ts";
import type { Secrets } from "./secrets.ts";
import type { Shutdown } from "./shutdown.ts";

/*
 * Each part's packages are loaded when it is started: a ledger by itself needs none of the channels', and with them its heap
 * would be twice as large, which each collection of garbage goes through.
 */

/** What starting a part needs; what it starts is added to `shutdown`. */
export interface Setting {
  readonly environment: Environment;
  readonly secrets: Secrets;
  readonly log: Logger;
  readonly shutdown: Shutdown;
}

/**
 * Loads what all parts need, where one process runs them all: before anything runs in it. Loading keeps the process from
 * everything else, on a busy machine for longer than anybody waits for a connection.
 */
export async function loadAllParts(): Promise<void> {
  await Promise.all([
    import("@lastunit/ledger"),
    import("@lastunit/store"),
    import("@lastunit/queues"),
    import("@lastunit/hub"),
    import("@lastunit/worker"),
    import("@lastunit/gateway"),
  ]);
}

/** Starts the ledger service and returns its address. */
export async function runLedger(setting: Setting, databaseUrl: string): Promise<string> {
  const { environment, secrets, log, shutdown } = setting;
  const { startLedger } = await import("@lastunit/ledger");
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

/**
 * As long as the ledger waits for its database. A connection whose server is gone without a word is then replaced: the
 * hub stood still for as long as TCP would wait. What is asked of a whole catalog has its own time.
 */
const STORE_TIMEOUT_MS = 15_000;

export async function layGround(setting: Setting, urls: { ledger: string; store: string }): Promise<Ground> {
  const { environment, secrets, log, shutdown } = setting;
  const { migrateStore } = await import("@lastunit/store");
  const { createQueues } = await import("@lastunit/queues");
  await reaching("STORE_DATABASE_URL", () => migrateStore(urls.store, log));
  const options = {
    connectionString: urls.store,
    name: "lastunit-store",
    max: 20,
    queryTimeoutMs: STORE_TIMEOUT_MS,
    log,
  };
  const store = createPool(options);
  shutdown.add("store", () => store.end());
  const { REDIS_URL: redisUrl } = environment;
  const openQueues = () => createQueues({ redisUrl, databaseUrl: urls.store, log });
  const queues = await reaching(redisUrl === undefined ? "STORE_DATABASE_URL" : "REDIS_URL", openQueues);
  shutdown.add("queues", () => queues.close());
  const ledger = createLedgerClient({ url: urls.ledger, token: secrets.serviceToken });
  return { store, queues, ledger };
}

export async function runHub({ log, shutdown }: Setting, ground: Ground): Promise<void> {
  const { startHub } = await import("@lastunit/hub");
  const hub = await startHub({ ...ground, log: log.child({ part: "hub" }) });
  shutdown.add("hub", () => hub.stop());
}

export async function runWorker(setting: Setting, ground: Ground, vault: Vault): Promise<void> {
  const log = setting.log.child({ part: "worker" });
  const { startWorker } = await import("@lastunit/worker");
  const worker = await startWorker({ ...ground, vault, outbound: await outboundOf(setting), log });
  setting.shutdown.add("worker", () => worker.stop());
}

/** Starts the gateway and returns its address. */
export async function runGateway(setting: Setting, ground: Ground, vault: Vault): Promise<string> {
  const { environment, secrets, shutdown } = setting;
  const log = setting.log.child({ part: "gateway" });
  const { adapters } = await import("@lastunit/adapters");
  const { consoleDirectory } = await import("@lastunit/console");
  const { startGateway } = await import("@lastunit/gateway");
  const gateway = await startGateway({
    ...ground,
    vault,
    outbound: await outboundOf(setting),
    adapters,
    consoleDirectory,
    host: environment.HOST,
    port: environment.PORT,
    publicUrl: environment.PUBLIC_URL?.replace(/\/$/, ""),
    // Derived, so that the gateways of a deployment read each other's cookies and changing the keys logs everyone out.
    sessionSecret: createHmac("sha256", secrets.keys).update("session cookies").digest("hex"),
    log,
  });
  shutdown.add("gateway", () => gateway.stop());
  return gateway.url;
}

/** How channels are called. */
async function outboundOf({ environment, log }: Setting) {
  const { createOutbound } = await import("@lastunit/adapter-contract");
  return createOutbound({ endpoints: environment.CHANNEL_ENDPOINTS, log });
}
