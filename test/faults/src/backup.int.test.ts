import { execFile } from "node:child_process";
import { chmod } from "node:fs/promises";
import { promisify } from "node:util";
import { createLogger } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import { createLedgerClient, type LedgerClient } from "@lastunit/ledger/client";
import { currentPosition, rebuildFromLog } from "@lastunit/store";
import {
  freePort,
  makeTemporaryFolder,
  planDeployment,
  startPart,
  startTestPostgres,
  type Deployment,
  type Part,
  type TestPostgres,
} from "@lastunit/test-support";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ask } from "./ledger/ask.ts";
import { followByPolling } from "./ledger/followers.ts";
import { receiving } from "./ledger/receiving.ts";

const run = promisify(execFile);
const MERCHANT = "acme";
const LEDGER = "test_1";
const SKUS = ["LAMP", "MUG", "TEE"] as const;

/** Servers that were started during a test, to be stopped after it. */
const started: { stop(): Promise<void> }[] = [];
afterAll(async () => {
  for (const one of started.toReversed()) await one.stop();
});

async function startServer(start: () => Promise<TestPostgres> = startTestPostgres): Promise<TestPostgres> {
  const server = await start();
  started.push(server);
  return server;
}

const poolOn = (connectionString: string) =>
  createPool({ connectionString, name: "test", log: createLogger({ name: "test", level: "silent" }) });

let deliveries = 0;
/** Tells the ledger of one event a SKU. */
async function receive(ledger: LedgerClient, quantity: number): Promise<void> {
  deliveries += 1;
  const events = SKUS.map((sku) => receiving(`delivery-${deliveries}:${sku}`, { quantity, sku }));
  await ledger.append(MERCHANT, events);
}

const endOf = async (ledger: LedgerClient) => (await ledger.audit()).events;

describe("a ledger that is restored on a fresh server", () => {
  let storeServer: TestPostgres;
  let ledgerServer: TestPostgres;
  let store: ReturnType<typeof createPool>;
  let storeUrl: string;
  let deployment: Deployment;
  /** Of the deployment, as its operator. */
  let ledger: LedgerClient;

  beforeAll(async () => {
    [storeServer, ledgerServer] = await Promise.all([startServer(), startServer()]);
  });
  beforeEach(async () => {
    storeUrl = await storeServer.createDatabase();
    store = poolOn(storeUrl);
    const ofThisTest = store;
    started.push({ stop: () => ofThisTest.end() });
  });

  /** Starts these parts on a ledger's database, beside the test's store or another one. */
  async function deploy(ledgerDatabaseUrl: string, parts: readonly Part[], storeDatabaseUrl = storeUrl): Promise<void> {
    deployment = await planDeployment({ ledgerDatabaseUrl, storeDatabaseUrl, channels: [] });
    started.push(deployment);
    await deployment.start(...parts);
    ledger = createLedgerClient({ url: deployment.ledgerUrl, token: deployment.serviceToken });
  }

  /** On a fresh ledger: 5 of each were received (3 events). */
  async function begin(ledgerDatabaseUrl: string): Promise<void> {
    await deploy(ledgerDatabaseUrl, ["ledger", "hub"]);
    await ledger.createMerchant(MERCHANT);
    await receive(ledger, 5);
  }

  /** A backup from when 5 of each had been received; then 100 more were, the hub followed to position 6, and all was stopped. */
  async function outliveABackup(): Promise<TestPostgres> {
    const copied = await startServer();
    await begin(await copied.createDatabase());
    const backup = await startServer(() => copied.copy());
    await receive(ledger, 100);
    await hubReaches(6);
    await deployment.stop();
    return backup;
  }

  /** The hub's own picture of the stock, which it makes from the log alone. */
  async function hubShows(): Promise<Record<string, number>> {
    const { rows } = await store.query<{ sku: string; on_hand: number }>("select sku, on_hand from stock_view");
    return Object.fromEntries(rows.map((row) => [row.sku, row.on_hand]));
  }
  const hubReaches = (position: number) =>
    deployment.until(`the hub reaches ${position}`, async () => (await currentPosition(store)) === position);
  const each = (units: number) => Object.fromEntries(SKUS.map((sku) => [sku, units]));

  it("goes on where the copy was taken, and so does the hub: nothing is followed twice, nothing is missed", async () => {
    await begin(await ledgerServer.createDatabase());
    await hubReaches(3);

    await deployment.stop();
    const copy = await startServer(() => ledgerServer.copy());
    await deploy(copy.connectionString(LEDGER), ["ledger", "hub"]);
    await receive(ledger, 2);

    await hubReaches(6);
    expect(await hubShows()).toEqual(each(7));
    expect(await ledger.audit()).toMatchObject({ events: 6, mismatches: [] });
    await deployment.stop();
  });

  it("from an older backup is not followed by a hub that is ahead of it, until the store was rebuilt from the log", async () => {
    const backup = await outliveABackup();
    await deploy(backup.connectionString(LEDGER), ["ledger", "hub"]);
    await deployment.until("the hub says so", () => deployment.part("hub").output().includes("older backup"));
    await receive(ledger, 1);
    expect(await currentPosition(store)).toBe(6);
    expect(await hubShows()).toEqual(each(105));

    await rebuildFromLog(store, 3);
    await hubReaches(6);
    expect(await hubShows()).toEqual(each(6));
    await receive(ledger, 1);
    await hubReaches(9);
    expect(await hubShows()).toEqual(each(7));
    expect((await ledger.audit()).mismatches).toEqual([]);
    await deployment.stop();
  });

  it("from an older backup, and grown past the hub's position before that starts, is not followed either (it was taken for the lost log)", async () => {
    const backup = await outliveABackup();
    await deploy(backup.connectionString(LEDGER), ["ledger"]);
    await receive(ledger, 1);
    await receive(ledger, 1);
    await deployment.start("hub");
    const mend = "npx lastunit replay --store --apply";
    await deployment.until("the hub says so", () => deployment.part("hub").output().includes(mend));
    expect(await currentPosition(store)).toBe(6);
    expect(await hubShows()).toEqual(each(105));

    await rebuildFromLog(store, 9);
    await hubReaches(9);
    expect(await hubShows()).toEqual(each(7));
    await receive(ledger, 1);
    await hubReaches(12);
    expect(await hubShows()).toEqual(each(8));
    await deployment.stop();
  });

  it("from a dump that was taken under load is whole, and a follower goes on from its position", async ({ skip }) => {
    const reason = await noDumpBecause(ledgerServer);
    skip(reason !== undefined, reason);
    const url = await ledgerServer.createDatabase();
    await deploy(url, ["ledger", "hub"]);
    await ledger.createMerchant(MERCHANT);
    const follower = followByPolling("a follower", [deployment.ledgerUrl], deployment.serviceToken);
    const dumped = new AbortController();
    const load = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!dumped.signal.aborted) await receive(ledger, 1);
      }),
    );
    await follower.reaches(60);
    const folder = makeTemporaryFolder("dump");
    await run("pg_dump", ["--format=custom", `--file=${folder.path}/ledger.dump`, url]);
    dumped.abort();
    await load;
    const lost = await endOf(ledger);
    await follower.reaches(lost);
    await follower.stop();
    await deployment.stop();

    const fresh = await startServer();
    const restored = await fresh.createDatabase();
    await run("pg_restore", ["--exit-on-error", "--no-owner", `--dbname=${restored}`, `${folder.path}/ledger.dump`]);
    folder.remove();
    await deploy(restored, ["ledger", "hub"], await storeServer.createDatabase());
    const end = await endOf(ledger);
    expect(end).toBeGreaterThanOrEqual(60);
    expect(end).toBeLessThanOrEqual(lost);
    expect((await ledger.audit()).mismatches).toEqual([]);
    await receive(ledger, 1);
    const { events } = await ledger.events(end - 1, {});
    expect(events.map(({ position, hash }) => ({ position, hash: position === end ? hash : "new" }))).toEqual([
      { position: end, hash: follower.events[end - 1]?.hash },
      ...[1, 2, 3].map((n) => ({ position: end + n, hash: "new" })),
    ]);
    await deployment.stop();
  });
});

/** Why `pg_dump` can't be tried here; undefined when it can. It dumps only servers that are not newer than itself. */
async function noDumpBecause(server: TestPostgres): Promise<string | undefined> {
  const pool = poolOn(server.connectionString("postgres"));
  const { rows } = await pool.query<{ major: number }>(
    "select current_setting('server_version_num')::int / 10000 as major",
  );
  await pool.end();
  const needed = rows[0]?.major ?? NaN;
  const found = await run("pg_dump", ["--version"]).catch(() => undefined);
  if (!found) return "there is no pg_dump on the PATH";
  const major = Number(/ (\d+)\./.exec(found.stdout)?.[1]);
  return major < needed ? `the pg_dump on the PATH is of PostgreSQL ${major}, the server of ${needed}` : undefined;
}

describe("all of Lastunit in one process", () => {
  it("goes on from a copy of its data folder that was taken while it was stopped", async () => {
    const folder = makeTemporaryFolder("data-folder");
    // PostgreSQL runs as another user when the tests run as root.
    await chmod(folder.path, 0o755);
    const token = "a-token-of-acme-that-is-long-enough";
    const first = await startOn(`${folder.path}/data`, { LEDGER_BOOTSTRAP_TOKEN: `${MERCHANT}:${token}` });
    const request = {
      method: "POST",
      path: "/v1/events",
      body: { events: [receiving("before", { quantity: 5 })] },
    } as const;
    expect((await ask(first.url, token, request, { timeoutMs: 10_000 }))?.status).toBe(200);
    await first.part.stop();

    await run("cp", ["-a", `${folder.path}/data`, `${folder.path}/copy`]);
    const second = await startOn(`${folder.path}/copy`, {});
    const again = {
      ...request,
      body: { events: [receiving("before", { quantity: 5 }), receiving("after", { quantity: 2 })] },
    };
    const answer = await ask(second.url, token, again, { timeoutMs: 10_000 });
    expect(answer?.body.results).toMatchObject([
      { status: "duplicate", position: 1, on_hand: 5 },
      { status: "recorded", position: 2, on_hand: 7 },
    ]);
    await second.part.stop();
    folder.remove();
  });
});

async function startOn(dataDir: string, more: Readonly<Record<string, string>>) {
  const [port, ledgerPort] = [await freePort(), await freePort()];
  const ports = { PORT: String(port), LEDGER_PORT: String(ledgerPort) };
  const part = await startPart("all", { DATA_DIR: dataDir, LOG_LEVEL: "warn", ...ports, ...more });
  return { part, url: `http://127.0.0.1:${ledgerPort}` };
}
