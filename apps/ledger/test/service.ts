import { createLogger } from "@lastunit/config";
import { valueTypes } from "@lastunit/config/postgres";
import { startTestPostgres, type TestPostgres } from "@lastunit/test-support";
import pg from "pg";
import { startLedger, type Ledger } from "../src/index.ts";

export const merchant = "acme";
export const token = "test-token-of-acme";
export const serviceToken = "test-service-token";

/** A ledger service of a test's own, on a fresh database. */
export interface TestLedger {
  readonly ledger: Ledger;
  readonly databaseUrl: string;
  readonly postgres: TestPostgres;
  /** Another ledger process on the same database. */
  another(): Promise<Ledger>;
  stop(): Promise<void>;
}

export async function startTestLedger(): Promise<TestLedger> {
  const postgres = await startTestPostgres();
  const databaseUrl = await postgres.createDatabase();
  const ledger = await startLedgerOn(databaseUrl);
  const others: Ledger[] = [];
  return {
    ledger,
    databaseUrl,
    postgres,
    async another() {
      const other = await startLedgerOn(databaseUrl);
      others.push(other);
      return other;
    },
    async stop() {
      await Promise.all([ledger, ...others].map((one) => one.stop()));
      await postgres.stop();
    },
  };
}

/** A ledger process on a database, which knows the test merchant. */
export function startLedgerOn(databaseUrl: string): Promise<Ledger> {
  return startLedger({
    databaseUrl,
    host: "127.0.0.1",
    port: 0,
    serviceToken,
    bootstrap: { merchantId: merchant, token },
    log: createLogger({ name: "test", level: process.env["LOG_LEVEL"] ?? "silent" }),
  });
}

/** A connection past the ledger, straight to its database. */
export async function connectTo(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl, types: valueTypes, pipeline: true });
  await client.connect();
  return client;
}

/** An HTTP answer. */
export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into whatever came back
  readonly body: any;
  readonly headers: Headers;
}

/** Calls the service as the test merchant, or as told by `headers`. */
export async function call(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
}

let made = 0;

/** A valid event with an id of its own, and what the test says about it. */
export function event(told: Record<string, unknown> = {}): Record<string, unknown> {
  made += 1;
  return {
    event_id: `test:${made}`,
    event_type: "inventory.receiving",
    sku: "A",
    location_id: "WH1",
    quantity: 1,
    source: "test",
    timestamp: "2026-03-15T14:22:03.412Z",
    ...told,
  };
}
