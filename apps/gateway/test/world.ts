import { fileURLToPath } from "node:url";
import { createOutbound } from "@lastunit/adapter-contract";
import { adapters } from "@lastunit/adapters";
import { createVault, createVaultKey, type Vault } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import { startLedger } from "@lastunit/ledger";
import { createLedgerClient, type LedgerClient } from "@lastunit/ledger/client";
import { createQueues, type Queues } from "@lastunit/queues";
import { startSimulators, type SimulatedKind, type Simulators } from "@lastunit/simulators";
import { migrateStore } from "@lastunit/store";
import { startTestPostgres, type TestPostgres } from "@lastunit/test-support";
import type { Pool } from "pg";
import { pino } from "pino";
import { beforeAll } from "vitest";
import { startGateway, type Gateway, type GatewayOptions } from "../src/index.ts";

export const ACME_TOKEN = "the-token-of-acme-for-tests";
export const SERVICE_TOKEN = "the-service-token-for-tests";

/** A gateway and all that stands behind it, each its own. */
export interface World {
  readonly gateway: Gateway;
  readonly postgres: TestPostgres;
  readonly store: Pool;
  readonly vault: Vault;
  readonly ledger: LedgerClient;
  stopLedger(): Promise<void>;
  readonly queues: Queues;
  readonly simulators: Simulators;
  /** Every log line so far, secrets unmasked: none may be in there to begin with. */
  logged(): string;
  /** A merchant beside `acme`, and its token. */
  addMerchant(merchantId: string): Promise<string>;
  /** Another gateway on the same ground. */
  another(options: Partial<GatewayOptions>): Promise<Gateway>;
  stop(): Promise<void>;
}

interface WorldOptions {
  readonly kinds?: readonly SimulatedKind[];
  readonly redisUrl?: string;
}

/** What `useWorld` has started; only inside a test. */
export interface StartedWorld {
  readonly world: World;
  /** The gateway's. */
  readonly url: string;
}

/** For the tests of a file: a world that they share. */
export function useWorld(options: WorldOptions = {}): StartedWorld {
  let started: World | undefined;
  beforeAll(async () => {
    const world = await startWorld(options);
    started = world;
    return () => world.stop();
  });
  const current = () => {
    if (!started) throw new Error("a world exists only inside a test");
    return started;
  };
  return {
    get world() {
      return current();
    },
    get url() {
      return current().gateway.url;
    },
  };
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const lines: string[] = [];
  const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
  const postgres = await startTestPostgres();
  const databaseUrl = await postgres.createDatabase();
  await migrateStore(databaseUrl, log);
  const store = createPool({ connectionString: databaseUrl, name: "test", log });
  const server = await startLedger({
    databaseUrl: await postgres.createDatabase(),
    host: "127.0.0.1",
    port: 0,
    serviceToken: SERVICE_TOKEN,
    bootstrap: { merchantId: "acme", token: ACME_TOKEN },
    log,
  });
  const ledger = createLedgerClient({ url: server.url, token: SERVICE_TOKEN });
  const queues = await createQueues({ redisUrl: options.redisUrl, databaseUrl, log });
  const simulators = await startSimulators({ kinds: options.kinds ?? [], seed: 7, scaleLimits: 1_000 });
  const endpoints = Object.fromEntries((options.kinds ?? []).map((kind) => [kind, new URL(simulators[kind].url)]));
  const vault = createVault(createVaultKey());
  const gateways: Gateway[] = [];
  let stopping: Promise<void> | undefined;
  const stopLedger = () => (stopping ??= server.stop());

  async function another(told: Partial<GatewayOptions>): Promise<Gateway> {
    const gateway = await startGateway({
      host: "127.0.0.1",
      port: 0,
      publicUrl: undefined,
      store,
      vault,
      ledger,
      queues,
      outbound: createOutbound({ endpoints, log }),
      adapters,
      consoleDirectory: fileURLToPath(new URL("../../console/public", import.meta.url)),
      sessionSecret: "a-secret-that-encrypts-the-cookies-of-tests",
      log,
      ...told,
    });
    gateways.push(gateway);
    return gateway;
  }

  return {
    gateway: await another({}),
    postgres,
    store,
    vault,
    ledger,
    queues,
    simulators,
    another,
    stopLedger,
    logged: () => lines.join(""),
    async addMerchant(merchantId) {
      await ledger.createMerchant(merchantId);
      return ledger.createToken(merchantId, "test");
    },
    async stop() {
      await Promise.all(gateways.map((gateway) => gateway.stop()));
      await queues.close();
      await stopLedger();
      await simulators.stop();
      await store.end();
      await postgres.stop();
    },
  };
}
