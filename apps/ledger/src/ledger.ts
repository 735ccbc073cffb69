import { fileURLToPath } from "node:url";
import type { Logger } from "@lastunit/config";
import { createHttpServer, Problem } from "@lastunit/config/http";
import { createPool, isDatabaseAway, migrate } from "@lastunit/config/postgres";
import { createGroupCommit, LedgerUnavailable } from "./commit/group-commit.ts";
import { startExpiry } from "./expiry.ts";
import { auditRoutes } from "./http/audit-routes.ts";
import { createAuth } from "./http/auth.ts";
import { eventRoutes } from "./http/event-routes.ts";
import { healthRoutes } from "./http/health-routes.ts";
import { merchantRoutes } from "./http/merchant-routes.ts";
import type { Parts } from "./http/parts.ts";
import { reservationRoutes } from "./http/reservation-routes.ts";
import { stockRoutes } from "./http/stock-routes.ts";
import { createLogHeadSignal } from "./log-head.ts";
import { ensureMerchant, storeToken } from "./merchants/tokens.ts";

export interface LedgerOptions {
  readonly databaseUrl: string;
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Sees all merchants; the hub's, worker's and gateway's token. */
  readonly serviceToken?: string | undefined;
  /** A merchant and its token, made when they are not there yet. */
  readonly bootstrap?: { readonly merchantId: string; readonly token: string } | undefined;
  readonly log: Logger;
}

/** A running ledger service. */
export interface Ledger {
  readonly url: string;
  /** Answers what is under way, lets followers go, and disconnects. */
  stop(): Promise<void>;
}

/** A batch of 1,000 events of the longest ids is about 2.5 MB. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/** As long as the writer waits for the database. */
const READ_TIMEOUT_MS = 15_000;

/** Starts a ledger service on its database, which it brings to the newest schema first. */
export async function startLedger(options: LedgerOptions): Promise<Ledger> {
  const { databaseUrl: connectionString, log } = options;
  const directory = fileURLToPath(new URL("../migrations", import.meta.url));
  await migrate({ connectionString, directory, log });

  const pool = createPool({ connectionString, name: "lastunit-ledger", queryTimeoutMs: READ_TIMEOUT_MS, log });
  const auditPool = createPool({ connectionString, name: "lastunit-ledger-audit", log });
  const head = createLogHeadSignal();
  const commit = createGroupCommit({ connectionString, log, head });
  if (options.bootstrap) {
    await ensureMerchant(pool, options.bootstrap.merchantId);
    await storeToken(pool, options.bootstrap.merchantId, options.bootstrap.token, "bootstrap");
  }

  const stopping = new AbortController();
  const auth = createAuth(pool, options.serviceToken);
  const parts: Parts = { auth, commit, pool, auditPool, head, stopping: stopping.signal, log };
  const app = createHttpServer({ title: "Lastunit ledger", log, bodyLimitBytes: BODY_LIMIT_BYTES, translate });
  // Routes are added once the OpenAPI plugin listens for them.
  app.after(() => {
    for (const addRoutes of [eventRoutes, reservationRoutes, stockRoutes, auditRoutes, merchantRoutes, healthRoutes]) {
      addRoutes(app, parts);
    }
  });
  async function disconnect(): Promise<void> {
    stopping.abort();
    await app.close();
    await commit.close();
    await Promise.all([pool.end(), auditPool.end()]);
  }
  const url = await app.listen({ host: options.host, port: options.port }).catch(async (error: unknown) => {
    await disconnect();
    throw error;
  });
  const expiry = startExpiry({ pool, commit, log });
  log.info({ url }, "ledger is up");

  return {
    url,
    async stop() {
      await expiry.stop();
      await disconnect();
    },
  };
}

/** The database's failures become a 503 that says when to come back; nothing was lost. */
function translate(error: unknown): Problem | undefined {
  if (error instanceof LedgerUnavailable || isDatabaseAway(error)) {
    const detail = error instanceof LedgerUnavailable ? error.message : "The ledger's database does not answer.";
    return new Problem(503, "unavailable", detail, { retryAfterSeconds: 1 });
  }
  return undefined;
}
