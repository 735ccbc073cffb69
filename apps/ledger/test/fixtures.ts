import { fileURLToPath } from "node:url";
import { createLogger } from "@lastunit/config";
import { createPool, migrate } from "@lastunit/config/postgres";
import { startTestPostgres, type TestPostgres } from "@lastunit/test-support";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach } from "vitest";
import {
  call,
  connectTo,
  startLedgerOn,
  startLedgerProcesses,
  startTestLedger,
  stockedSku,
  type LedgerProcesses,
  type TestLedger,
} from "./service.ts";

/** For the tests of a file: a service that they share, and what most of them ask it. */
export function useService() {
  let started: TestLedger | undefined;
  beforeAll(async () => {
    started = await startTestLedger();
  });
  afterAll(() => started?.stop());
  const its = () => {
    if (!started) throw new Error("a service exists only inside a test");
    return started;
  };
  const ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    call(its().ledger.url, method, path, body, headers);
  return {
    /** `call` of this service. */
    ask,
    stocked: (quantity: number) => stockedSku(its().ledger.url, quantity),
    stockOf: async (sku: string) => (await ask("GET", `/v1/stock/${encodeURIComponent(sku)}`)).body,
    another: () => its().another(),
    get url() {
      return its().ledger.url;
    },
    get databaseUrl() {
      return its().databaseUrl;
    },
    get postgres() {
      return its().postgres;
    },
  };
}

/** For the tests of a file: a ledger's empty database that they share, with nothing on it. */
export function useLedgerDatabase() {
  const log = createLogger({ name: "test", level: "silent" });
  let opened:
    | { readonly postgres: TestPostgres; readonly connectionString: string; readonly pool: pg.Pool }
    | undefined;
  beforeAll(async () => {
    const postgres = await startTestPostgres();
    const connectionString = await postgres.createDatabase();
    await migrate({ connectionString, directory: fileURLToPath(new URL("../migrations", import.meta.url)), log });
    const pool = createPool({ connectionString, name: "test", log });
    opened = { postgres, connectionString, pool };
  });
  afterAll(async () => {
    await opened?.pool.end();
    await opened?.postgres.stop();
  });
  const its = () => {
    if (!opened) throw new Error("a database exists only inside a test");
    return opened;
  };
  return {
    log,
    get connectionString() {
      return its().connectionString;
    },
    get pool() {
      return its().pool;
    },
  };
}

/** For the tests of a file: a server that they share, and to each a ledger on an empty database. */
export function useFreshLedger() {
  let postgres: TestPostgres | undefined;
  let opened: { readonly databaseUrl: string; readonly url: string; readonly superuser: pg.Client } | undefined;
  const server = () => {
    if (!postgres) throw new Error("a server exists only inside a test");
    return postgres;
  };
  beforeAll(async () => {
    postgres = await startTestPostgres();
  });
  afterAll(() => postgres?.stop());
  beforeEach(async () => {
    const databaseUrl = await server().createDatabase();
    const ledger = await startLedgerOn(databaseUrl);
    const superuser = await connectTo(databaseUrl);
    opened = { databaseUrl, url: ledger.url, superuser };
    return async () => {
      await superuser.end();
      await ledger.stop();
    };
  });
  const its = () => {
    if (!opened) throw new Error("a ledger exists only inside a test");
    return opened;
  };
  return {
    /** `call` of this ledger. */
    ask: (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
      call(its().url, method, path, body, headers),
    get postgres() {
      return server();
    },
    get databaseUrl() {
      return its().databaseUrl;
    },
    /** A connection past the ledger. */
    get superuser() {
      return its().superuser;
    },
  };
}

/** For the tests of a file: two ledger processes that they share. */
export function useLedgerProcesses() {
  let started: LedgerProcesses | undefined;
  beforeAll(async () => {
    started = await startLedgerProcesses();
  });
  afterAll(() => started?.stop());
  return {
    /** Every other request goes to the other process. */
    urlOf: (n: number): string => {
      if (!started) throw new Error("ledger processes exist only inside a test");
      return started.urls[n % 2 === 0 ? 0 : 1];
    },
  };
}
