import { createLogger } from "@lastunit/config";
import { valueTypes } from "@lastunit/config/postgres";
import { freePort, makeTemporaryFolder, startPart, startTestPostgres, type TestPostgres } from "@lastunit/test-support";
import pg from "pg";
import type { LogEvent } from "../src/http/schemas.ts";
import { startLedger, type Ledger } from "../src/index.ts";

export const merchant = "acme";
export const token = "test-token-of-acme";
export const serviceToken = "test-service-token";
/** The headers of one who sees all merchants. */
export const asOperator = { authorization: `Bearer ${serviceToken}` };

/** A ledger service of a test's own, on a fresh database. */
export interface TestLedger {
  readonly ledger: Ledger;
  readonly databaseUrl: string;
  readonly postgres: TestPostgres;
  /** Another ledger on the same database. */
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

/** Two ledgers as processes of their own on one fresh database, as the product starts them. */
export interface LedgerProcesses {
  readonly urls: readonly [string, string];
  stop(): Promise<void>;
}

export async function startLedgerProcesses(): Promise<LedgerProcesses> {
  const postgres = await startTestPostgres();
  const databaseUrl = await postgres.createDatabase();
  const folder = makeTemporaryFolder("ledgers");
  const ports = [await freePort(), await freePort()] as const;
  const processes = await Promise.all(
    ports.map((port) =>
      startPart("ledger", {
        DATA_DIR: folder.path,
        LEDGER_DATABASE_URL: databaseUrl,
        LEDGER_PORT: String(port),
        LEDGER_SERVICE_TOKEN: serviceToken,
        LEDGER_BOOTSTRAP_TOKEN: `${merchant}:${token}`,
        LOG_LEVEL: "error",
      }),
    ),
  );
  return {
    urls: [`http://127.0.0.1:${ports[0]}`, `http://127.0.0.1:${ports[1]}`],
    async stop() {
      await Promise.all(processes.map((one) => one.stop()));
      await postgres.stop();
      folder.remove();
    },
  };
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

/** Everything in the log after a position, as it is told to whoever follows it. */
export async function logAfter(url: string, position: number): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  let after = position;
  for (;;) {
    const { body } = await call(url, "GET", `/v1/events?after=${after}&limit=5000`);
    if (body.events.length === 0) return events;
    events.push(...body.events);
    after = body.next;
  }
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

/** A SKU that no other test names, with some units of it at WH1. */
export async function stockedSku(url: string, quantity: number): Promise<string> {
  const received = event({ quantity });
  const sku = `SKU-${made}`;
  const { body } = await call(url, "POST", "/v1/events", { events: [{ ...received, sku }] });
  if (body.results?.[0].status !== "recorded") throw new Error(`not received: ${JSON.stringify(body)}`);
  return sku;
}
